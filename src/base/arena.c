#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct block {
	struct block *next;
	size_t room, used;
	_Alignas(16) char bytes[];
};

struct arena {
	struct block *blocks;      /* the newest, being filled, first */
	size_t limit, taken;       /* of whole blocks */
	size_t used;
};

#define FIRST_BLOCK ((size_t)16 * 1024)

struct arena *arena_new(size_t limit)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (arena)
		arena->limit = limit;
	return arena;
}

static void blocks_free(struct block *block)
{
	while (block) {
		struct block *next = block->next;
		free(block);
		block = next;
	}
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	blocks_free(arena->blocks);
	free(arena);
}

void arena_clean(struct arena **arena)
{
	arena_free(*arena);
	*arena = NULL;
}

void arena_reset(struct arena *arena)
{
	struct block *largest = NULL, **link = NULL;

	for (struct block **at = &arena->blocks; *at; at = &(*at)->next) {
		if (!largest || (*at)->room > largest->room) {
			largest = *at;
			link = at;
		}
	}
	if (!largest)
		return;
	*link = largest->next;
	blocks_free(arena->blocks);
	memset(largest->bytes, 0, largest->used);
	largest->next = NULL;
	largest->used = 0;
	arena->blocks = largest;
	arena->taken = sizeof(*largest) + largest->room;
	arena->used = 0;
}

static bool block_add(struct arena *arena, size_t size)
{
	size_t room = arena->blocks ? arena->blocks->room * 2 : FIRST_BLOCK;
	size_t left = arena->limit > arena->taken ? arena->limit - arena->taken : 0;

	if (room < size)
		room = size;
	if (left < sizeof(struct block) || left - sizeof(struct block) < size)
		return false;
	if (room > left - sizeof(struct block))
		room = left - sizeof(struct block);
	struct block *block = calloc(1, sizeof(*block) + room);
	if (!block)
		return false;
	block->room = room;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->taken += sizeof(*block) + room;
	return true;
}

void *arena_get(struct arena *arena, size_t size)
{
	size_t rounded = (size + 15) & ~(size_t)15;

	if (rounded < size)
		return NULL;
	if (!arena->blocks || arena->blocks->room - arena->blocks->used < rounded)
		if (!block_add(arena, rounded))
			return NULL;
	struct block *block = arena->blocks;
	void *place = block->bytes + block->used;
	block->used += rounded;
	arena->used += rounded;
	return place;
}

void *arena_get_many(struct arena *arena, size_t count, size_t size)
{
	size_t whole;

	if (__builtin_mul_overflow(count, size, &whole))
		return NULL;
	return arena_get(arena, whole);
}

struct text arena_text(struct arena *arena, struct text t)
{
	char *copy = t.length < SIZE_MAX ? arena_get(arena, t.length + 1) : NULL;

	if (!copy)
		return TEXT_NONE;
	if (t.length)
		memcpy(copy, t.bytes, t.length);
	return (struct text){ copy, t.length };
}

char *arena_string(struct arena *arena, const char *string)
{
	return (char *)(uintptr_t)arena_text(arena, text_of(string)).bytes;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	int length = vsnprintf(NULL, 0, format, list);
	va_end(list);
	char *place = length < 0 ? NULL : arena_get(arena, (size_t)length + 1);
	if (!place)
		return NULL;
	va_start(list, format);
	vsnprintf(place, (size_t)length + 1, format, list);
	va_end(list);
	return place;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
