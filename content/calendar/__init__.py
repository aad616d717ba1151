"""Days as people here know them: lunar dates, public holidays, days off that the unit itself adds."""

from content.calendar.days import Calendar, CalendarError, Holiday, Lunar, lunar

__all__ = ["Calendar", "CalendarError", "Holiday", "Lunar", "lunar"]
