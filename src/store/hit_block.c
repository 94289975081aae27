/* Hits packed close together. */
#include "store/hit_block.h"

#include "ipc/ipc.h"

/* A row that PostgreSQL keeps in one piece (toast_tuple_target): below half a page. */
#define BLOCK_BYTES 3700u
#define FIRST_ROOM 128u
/* Of a hit without what correlations above need. */
#define HIT_LONGEST 80u

/* Alone ------------------------------------------------------------------------------ */

void held_hit_pack(const struct held_hit *hit, struct buffer *out)
{
	buffer_add_be64(out, (uint64_t)hit->time);
	buffer_add_be64(out, hit->identity);
	buffer_add_be64(out, hit->offset);
	buffer_add_be64(out, hit->value);
	buffer_add_be32(out, hit->line);
	buffer_add_be32(out, hit->length);
	buffer_add_be32(out, hit->ordinal);
	buffer_add_be32(out, hit->position);
	buffer_add_be32(out, (uint32_t)hit->system);
	buffer_add_be16(out, hit->level);
	buffer_add_be16(out, (uint16_t)hit->extra_size);
	buffer_add(out, hit->extra, hit->extra_size);
}

static uint64_t take_be(struct text *rest, size_t size)
{
	uint64_t n = 0;
	for (size_t i = 0; i < size; i++)
		n = n << 8 | (unsigned char)rest->bytes[i];
	*rest = text_skip(*rest, size);
	return n;
}

bool held_hit_unpack(struct text *rest, struct held_hit *ret)
{
	if (rest->length < 4 * 8 + 5 * 4 + 2 * 2)
		return false;
	*ret = (struct held_hit){ .time = (int64_t)take_be(rest, 8) };
	ret->identity = take_be(rest, 8);
	ret->offset = take_be(rest, 8);
	ret->value = take_be(rest, 8);
	ret->line = (uint32_t)take_be(rest, 4);
	ret->length = (uint32_t)take_be(rest, 4);
	ret->ordinal = (uint32_t)take_be(rest, 4);
	ret->position = (uint32_t)take_be(rest, 4);
	ret->system = (int32_t)take_be(rest, 4);
	ret->level = (uint8_t)take_be(rest, 2);
	ret->extra_size = (uint32_t)take_be(rest, 2);
	if (rest->length < ret->extra_size)
		return false;
	ret->extra = rest->bytes;
	*rest = text_skip(*rest, ret->extra_size);
	return true;
}

/* Numbers ---------------------------------------------------------------------------- */

/* Seven bits a byte, the lowest first; the eighth says that more follow. */
static char *put(char *at, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		*at++ = (char)(n | 0x80);
	*at++ = (char)n;
	return at;
}

/* Small numbers of either sign are short. */
static char *put_signed(char *at, uint64_t n)
{
	return put(at, (n << 1) ^ (0 - (n >> 63)));
}

static char *put_fixed(char *at, uint64_t n)
{
	n = htobe64(n);
	memcpy(at, &n, sizeof(n));
	return at + sizeof(n);
}

static bool take(struct text *rest, uint64_t *ret)
{
	*ret = 0;
	for (unsigned i = 0; i < rest->length && i < 10; i++) {
		unsigned char byte = (unsigned char)rest->bytes[i];
		*ret |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte & 0x80)
			continue;
		*rest = text_skip(*rest, i + 1);
		return true;
	}
	return false;
}

static bool take_signed(struct text *rest, uint64_t *ret)
{
	uint64_t n;
	if (!take(rest, &n))
		return false;
	*ret = (n >> 1) ^ (0 - (n & 1));
	return true;
}

static bool take_short(struct text *rest, uint32_t *ret)
{
	uint64_t n;
	if (!take(rest, &n) || n > UINT32_MAX)
		return false;
	*ret = (uint32_t)n;
	return true;
}

static bool take_fixed(struct text *rest, uint64_t *ret)
{
	if (rest->length < sizeof(*ret))
		return false;
	memcpy(ret, rest->bytes, sizeof(*ret));
	*ret = be64toh(*ret);
	*rest = text_skip(*rest, sizeof(*ret));
	return true;
}

/* Hits ------------------------------------------------------------------------------- */

/* The first byte of a hit: its level, and what there is of it. */
#define LEVEL 0x07
#define HAS_VALUE 0x08
#define HAS_POSITION 0x10
#define HAS_ORDINAL 0x20
#define HAS_EXTRA 0x40

static char *put_hit(char *at, const struct hit_before *before, const struct held_hit *hit)
{
	*at++ = (char)(hit->level | (hit->value ? HAS_VALUE : 0) |
		       (hit->position ? HAS_POSITION : 0) | (hit->ordinal ? HAS_ORDINAL : 0) |
		       (hit->extra_size ? HAS_EXTRA : 0));
	at = put_signed(at, (uint64_t)hit->time - (uint64_t)before->time);
	at = put_fixed(at, hit->identity);
	at = put_signed(at, hit->offset - before->offset);
	at = put_signed(at, (uint64_t)hit->line - before->line);
	at = put(at, hit->length);
	if (hit->value)
		at = put_fixed(at, hit->value);
	if (hit->position)
		at = put(at, hit->position);
	if (hit->ordinal)
		at = put(at, hit->ordinal);
	if (!hit->extra_size)
		return at;
	at = put(at, hit->extra_size);
	memcpy(at, hit->extra, hit->extra_size);
	return at + hit->extra_size;
}

bool hit_block_next(struct text *rest, struct hit_before *before, struct held_hit *ret)
{
	uint64_t time, line;
	if (rest->length == 0)
		return false;
	unsigned char has = (unsigned char)rest->bytes[0];
	*rest = text_skip(*rest, 1);
	*ret = (struct held_hit){ .level = has & LEVEL };
	if (!take_signed(rest, &time) || !take_fixed(rest, &ret->identity) ||
	    !take_signed(rest, &ret->offset) || !take_signed(rest, &line) ||
	    !take_short(rest, &ret->length) ||
	    ((has & HAS_VALUE) && !take_fixed(rest, &ret->value)) ||
	    ((has & HAS_POSITION) && !take_short(rest, &ret->position)) ||
	    ((has & HAS_ORDINAL) && !take_short(rest, &ret->ordinal)) ||
	    ((has & HAS_EXTRA) && !take_short(rest, &ret->extra_size)) ||
	    rest->length < ret->extra_size)
		return false;
	ret->time = before->time = (int64_t)((uint64_t)before->time + time);
	ret->offset = before->offset += ret->offset;
	ret->line = before->line += (uint32_t)line;
	ret->extra = rest->bytes;
	*rest = text_skip(*rest, ret->extra_size);
	return true;
}

/* Tallies ---------------------------------------------------------------------------- */

static bool count_hit(struct hit_list *list, const struct correlation *correlation, int64_t time,
		      struct arena *arena)
{
	struct hit_block *block = list->newest;
	if (time < list->bucket_from || time >= list->bucket_to) {
		list->bucket = correlation_bucket(correlation, time);
		list->bucket_from = list->bucket * correlation->width;
		list->bucket_to = list->bucket_from + correlation->width;
	}
	if (block->tally_count && block->tallies[block->tally_count - 1].bucket == list->bucket) {
		block->tallies[block->tally_count - 1].count++;
		return true;
	}
	if (block->tally_count == block->tally_room) {
		uint32_t room = 2 * block->tally_room;
		struct hit_tally *wider = arena_get_many(arena, room, sizeof(*wider));
		if (!wider)
			return false;
		memcpy(wider, block->tallies, block->tally_count * sizeof(*wider));
		block->tallies = wider;
		block->tally_room = room;
	}
	block->tallies[block->tally_count++] = (struct hit_tally){ list->bucket, 1 };
	return true;
}

void hit_tallies_pack(const struct hit_block *block, struct buffer *out)
{
	int64_t before = 0;
	for (uint32_t i = 0; i < block->tally_count; i++) {
		const struct hit_tally *tally = &block->tallies[i];
		char bytes[20], *end = put_signed(bytes, (uint64_t)(tally->bucket - before));
		end = put(end, tally->count);
		buffer_add(out, bytes, (size_t)(end - bytes));
		before = tally->bucket;
	}
}

bool hit_tally_next(struct text *rest, int64_t *bucket, struct hit_tally *ret)
{
	uint64_t step;
	if (!take_signed(rest, &step) || !take_short(rest, &ret->count))
		return false;
	ret->bucket = *bucket = (int64_t)((uint64_t)*bucket + step);
	return true;
}

/* Lists ------------------------------------------------------------------------------ */

static bool has_room(struct hit_block *block, size_t size, struct arena *arena)
{
	size_t room = block->room;
	if (room - block->length >= size)
		return true;
	do
		room *= 2;
	while (room - block->length < size);
	char *wider = arena_get(arena, room);
	if (!wider)
		return false;
	memcpy(wider, block->bytes, block->length);
	block->bytes = wider;
	block->room = (uint32_t)room;
	return true;
}

static bool is_full(const struct hit_block *block, const struct correlation *correlation,
		    int64_t time)
{
	return block->length >= BLOCK_BYTES || time - block->first > correlation->span ||
	       block->last - time > correlation->span;
}

/* As wide as the one before has become. */
static bool begin_block(struct hit_list *list, int64_t time, struct arena *arena)
{
	struct hit_block *block = arena_get(arena, sizeof(*block));
	uint32_t room = list->newest ? list->newest->room : FIRST_ROOM;
	char *bytes = block ? arena_get(arena, room) : NULL;
	if (!bytes)
		return false;
	block->first = block->last = time;
	block->bytes = bytes;
	block->room = room;
	block->tallies = block->few;
	block->tally_room = ARRAY_LENGTH(block->few);
	if (list->newest)
		list->newest->next = block;
	else
		list->blocks = block;
	list->newest = block;
	list->before = (struct hit_before){ 0 };
	return true;
}

static bool comes_next(const struct hit_list *list, const struct held_hit *hit)
{
	if (!list->newest || hit->time != list->time)
		return !list->newest || hit->time > list->time;
	if (hit->identity != list->identity)
		return hit->identity > list->identity;
	return hit->position > list->position;
}

bool hit_list_add(struct hit_list *list, const struct correlation *correlation,
		  const struct held_hit *hit, struct arena *arena)
{
	list->out_of_order = list->out_of_order || !comes_next(list, hit);
	if ((!list->newest || is_full(list->newest, correlation, hit->time)) &&
	    !begin_block(list, hit->time, arena))
		return false;
	struct hit_block *block = list->newest;
	if (!has_room(block, HIT_LONGEST + hit->extra_size, arena) ||
	    !count_hit(list, correlation, hit->time, arena))
		return false;
	char *at = block->bytes + block->length;
	block->length = (uint32_t)(put_hit(at, &list->before, hit) - block->bytes);
	list->before = (struct hit_before){ hit->time, hit->offset, hit->line };
	list->time = hit->time;
	list->identity = hit->identity;
	list->position = hit->position;
	block->first = hit->time < block->first ? hit->time : block->first;
	block->last = hit->time > block->last ? hit->time : block->last;
	block->count++;
	list->count++;
	return true;
}
