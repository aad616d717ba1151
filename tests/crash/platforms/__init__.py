"""The practice platforms as a crash test counts them: what the public sees, what is left unseen."""

from tests.crash.platforms.facebook import Facebook
from tests.crash.platforms.platform import Platform, Seen
from tests.crash.platforms.website import Website
from tests.crash.platforms.wordpress import WordPress
from tests.crash.platforms.youtube import YouTube
from tests.crash.platforms.zalo import Zalo

__all__ = ["Facebook", "Platform", "Seen", "Website", "WordPress", "YouTube", "Zalo"]
