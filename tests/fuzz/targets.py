"""Every parser of outside data, in one list."""

from tests.fuzz import answers, brought, kept, laws, pasted, pictures, posts, records, units

TARGETS = (
    *posts.TARGETS,
    *pictures.TARGETS,
    *records.TARGETS,
    *kept.TARGETS,
    *pasted.TARGETS,
    *answers.TARGETS,
    *laws.TARGETS,
    *brought.TARGETS,
    *units.TARGETS,
)
