"""Every parser of outside data, in one list."""

from tests.fuzz import answers, pictures, posts, records

TARGETS = (*posts.TARGETS, *pictures.TARGETS, *records.TARGETS, *answers.TARGETS)
