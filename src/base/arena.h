/*
 * An arena: memory of one lifetime with a hard limit. Freed as a whole.
 * Allocation is a pointer moved forward; over the limit it answers NULL.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/text.h"

struct arena;

/* limit: bytes that may be in use at once, block overhead included. */
struct arena *arena_new(size_t limit);
void arena_free(struct arena *arena);          /* NULL is allowed */
void arena_clean(struct arena **arena);        /* for CLEAN(arena) */
/* Forget everything but keep the largest block for reuse. */
void arena_reset(struct arena *arena);
/* 16-byte aligned, zeroed. NULL over the limit or out of memory. */
void *arena_get(struct arena *arena, size_t size) MUST_CHECK;
/* count * size with overflow checked. */
void *arena_get_many(struct arena *arena, size_t count, size_t size) MUST_CHECK;
/* A terminated copy; bytes is NULL on failure. */
struct text arena_text(struct arena *arena, struct text t);
char *arena_string(struct arena *arena, const char *string) MUST_CHECK;
char *arena_format(struct arena *arena, const char *format, ...)
	PRINTF_LIKE(2, 3) MUST_CHECK;
size_t arena_used(const struct arena *arena);

#endif
