/* Hits of correlations: taken from a reader, grouped, kept in blocks. */
#include "store/correlated.h"
#include "store/run.h"

#include <stdlib.h>

#define STAGED_LIMIT ((size_t)1 << 30)
#define ARENA_LIMIT ((size_t)2 << 30)
#define BLOCK_HITS 32
#define LEAST_BUCKET (60 * MICROSECONDS)

/* In the buffer, then the key's bytes, then the extra ones, padded to 8. */
struct staged {
	struct held_hit hit;
	struct hit_group *group;
	uint32_t key_size;         /* with the correlation's place before the key */
	uint32_t whole;
};

int store_correlated_new(struct store_batch *batch, struct err *err)
{
	struct correlated *c = calloc(1, sizeof(*c));
	if (!c)
		return err_set(err, ERR_MEMORY, "batch");
	batch->correlated = c;
	buffer_init(&c->staged, STAGED_LIMIT);
	buffer_init(&c->evidence, STAGED_LIMIT);
	return pg_script(batch->pg,
		"CREATE TEMPORARY TABLE IF NOT EXISTS changed (nth integer, correlation_id integer,"
		" group_key bytea, low timestamptz, high timestamptz, low_bucket bigint,"
		" high_bucket bigint, least bigint) ON COMMIT DELETE ROWS;"
		"CREATE TEMPORARY TABLE IF NOT EXISTS run_event (violation_id bigint, batch_id bigint,"
		" byte_offset bigint, line integer, byte_length integer, time timestamptz,"
		" rule_id integer) ON COMMIT DELETE ROWS", err);
}

void store_correlated_free(struct store_batch *batch)
{
	struct correlated *c = batch->correlated;
	if (!c)
		return;
	correlations_done(&c->known);
	buffer_done(&c->staged);
	buffer_done(&c->evidence);
	free(c);
	batch->correlated = NULL;
}

int store_correlated_definitions(struct store_batch *batch, const int32_t *rules, size_t count,
				 struct err *err)
{
	return correlations_read(batch->pg, &batch->correlated->known, rules, count, err);
}

void store_correlated_begin(struct store_batch *batch)
{
	buffer_reset(&batch->correlated->staged);
	batch->correlated->staged_count = 0;
}

/* Packed hits -------------------------------------------------------------------- */

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

/* From a reader -------------------------------------------------------------------- */

struct reading {
	struct correlated *correlated;
	const int32_t *rules;
	size_t rule_count;
	struct err *err;
};

static const struct correlation *definition(const struct reading *r, uint32_t rule,
					    uint32_t *ret_place)
{
	return rule < r->rule_count
		       ? correlations_find(&r->correlated->known, r->rules[rule], ret_place)
		       : NULL;
}

static bool is_over(const struct correlation *lower, uint32_t upper, uint32_t position)
{
	for (size_t i = 0; i < lower->upper_count; i++)
		if (lower->uppers[i].correlation == upper && lower->uppers[i].position == position)
			return true;
	return false;
}

static void add_names(struct buffer *out, struct text *rest, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint64_t name;
		memcpy(&name, rest->bytes, sizeof(name));
		buffer_add_be64(out, name);
		*rest = text_skip(*rest, sizeof(name));
	}
}

/* Rules become correlations of the books. */
static int take_chained(const struct reading *r, struct text *rest, struct buffer *out)
{
	struct ipc_chained chained;
	uint32_t lower, upper;
	if (rest->length < sizeof(chained))
		return err_set(r->err, ERR_PROTOCOL, "correlated hit is cut short");
	memcpy(&chained, rest->bytes, sizeof(chained));
	*rest = text_skip(*rest, sizeof(chained));
	const struct correlation *low = definition(r, chained.lower, &lower);
	const struct correlation *up = definition(r, chained.upper, &upper);
	if (!low || !up || !is_over(low, upper, chained.position) ||
	    chained.group_count != up->group_count ||
	    rest->length < chained.group_count * sizeof(uint64_t))
		return err_set(r->err, ERR_PROTOCOL, "correlated hit is out of range");
	buffer_add_be64(out, chained.value);
	buffer_add_be32(out, (uint32_t)low->id);
	buffer_add_be32(out, (uint32_t)up->id);
	buffer_add_be32(out, chained.position);
	buffer_add_be32(out, chained.group_count);
	add_names(out, rest, chained.group_count);
	return 0;
}

static bool is_sound(const struct ipc_correlated *head, const struct correlation *c)
{
	return head->group_count == c->group_count && head->position < c->rule_count &&
	       head->time >= MOMENT_LEAST && head->time < MOMENT_MOST && head->level <= 5 &&
	       head->line <= INT32_MAX && head->length <= INT32_MAX && head->offset <= INT64_MAX;
}

static int stage(const struct reading *r, struct text *rest)
{
	struct buffer *out = &r->correlated->staged;
	struct ipc_correlated head;
	uint32_t place;

	if (rest->length < sizeof(head))
		return err_set(r->err, ERR_PROTOCOL, "correlated hit is cut short");
	memcpy(&head, rest->bytes, sizeof(head));
	*rest = text_skip(*rest, sizeof(head));
	const struct correlation *c = definition(r, head.rule, &place);
	if (head.rule >= r->rule_count || (c && !is_sound(&head, c)) || head.size > rest->length ||
	    head.size > IPC_CORRELATED_LONGEST || head.group_count > IPC_GROUP_MOST ||
	    head.size < head.group_count * sizeof(uint64_t))
		return err_set(r->err, ERR_PROTOCOL, "correlated hit is out of range");
	struct text more = text_head(*rest, head.size);
	*rest = text_skip(*rest, head.size);
	/* Its standard was loaded when the books kept no correlations. */
	if (!c)
		return 0;

	struct staged staged = { .hit = { .time = head.time,
					  .identity = head.identity,
					  .offset = head.offset,
					  .value = head.value,
					  .line = head.line,
					  .length = head.length,
					  .position = head.position,
					  .level = head.level } };
	size_t at = out->length;
	buffer_add(out, &staged, sizeof(staged));
	buffer_add_be32(out, place);
	add_names(out, &more, head.group_count);
	staged.key_size = (uint32_t)(out->length - at - sizeof(staged));
	size_t extra = out->length;
	while (more.length) {
		int done = take_chained(r, &more, out);
		if (done < 0)
			return done;
	}
	staged.hit.extra_size = (uint32_t)(out->length - extra);
	while ((out->length - at) % 8)
		buffer_add_byte(out, '\0');
	staged.whole = (uint32_t)(out->length - at);
	if (!out->failed)
		memcpy(out->data + at, &staged, sizeof(staged));
	r->correlated->staged_count++;
	return 0;
}

int store_batch_correlated(struct store_batch *batch, struct text payload, const int32_t *rules,
			   size_t rule_count, struct err *err)
{
	struct reading reading = { batch->correlated, rules, rule_count, err };
	int done = 0;
	while (done == 0 && payload.length)
		done = stage(&reading, &payload);
	if (done == 0 && batch->correlated->staged.failed) {
		ipc_fail_fill(&batch->refusal, IPC_REFUSED_TOO_MANY,
			      "more records that correlations are about than one batch may hold");
		return 1;
	}
	return done;
}

void correlated_places(const struct correlated *c, struct pg_copy *copy)
{
	size_t at = 0;
	for (const struct staged *s; at < c->staged.length; at += s->whole) {
		s = (const struct staged *)(const void *)(c->staged.data + at);
		pg_copy_row(copy, 2);
		pg_copy_moment(copy, s->hit.time);
		pg_copy_bigint(copy, (int64_t)s->hit.offset);
	}
}

/* Groups ---------------------------------------------------------------------------- */

static int out_of_memory(struct err *err)
{
	return err_set(err, ERR_MEMORY, "correlations of a batch");
}

static struct hit_group *group_of(struct correlated *c, struct text place_and_key)
{
	bool is_new;
	union map_value *value = map_add(&c->by_key, place_and_key, &is_new);
	if (!value)
		return NULL;
	if (!is_new)
		return value->pointer;
	if (c->group_count == c->group_room) {
		size_t room = c->group_room ? c->group_room * 2 : 256;
		struct hit_group **wider = realloc(c->groups, room * sizeof(struct hit_group *));
		if (!wider)
			return NULL;
		c->groups = wider;
		c->group_room = room;
	}
	struct hit_group *group = arena_get(c->arena, sizeof(*group));
	if (!group)
		return NULL;
	group->key = place_and_key;
	group->correlation = (uint32_t)take_be(&group->key, 4);
	value->pointer = group;
	c->groups[c->group_count++] = group;
	return group;
}

struct hit_group *correlated_group(struct correlated *c, uint32_t correlation, struct text key)
{
	CLEAN(buffer) struct buffer name;
	buffer_init(&name, 4 + IPC_CORRELATED_LONGEST);
	buffer_add_be32(&name, correlation);
	buffer_add_text(&name, key);
	struct text kept = name.failed ? TEXT_NONE : arena_text(c->arena, buffer_text(&name));
	return kept.bytes ? group_of(c, kept) : NULL;
}

static int compare_hits(const void *a, const void *b)
{
	const struct held_hit *x = *(struct held_hit *const *)a;
	const struct held_hit *y = *(struct held_hit *const *)b;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (x->identity != y->identity)
		return x->identity < y->identity ? -1 : 1;
	if (x->position != y->position)
		return x->position < y->position ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int compare_offsets(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

static bool is_forgotten(const struct store_batch *batch, uint64_t offset)
{
	int64_t key = (int64_t)offset;
	return batch->forgotten.length &&
	       bsearch(&key, batch->forgotten.data, batch->forgotten.length / sizeof(key),
		       sizeof(key), compare_offsets);
}

/*
 * In order, the nth of equal lines numbered, and without what was delivered
 * before: a line's number is the same then and now.
 */
static void settle_group(const struct store_batch *batch, struct hit_group *group)
{
	bool in_order = true;
	size_t kept = 0;
	for (size_t i = 1; in_order && i < group->count; i++)
		in_order = compare_hits(&group->hits[i - 1], &group->hits[i]) <= 0;
	if (!in_order)
		qsort(group->hits, group->count, sizeof(struct held_hit *), compare_hits);
	for (size_t i = 1; i < group->count; i++) {
		const struct held_hit *before = group->hits[i - 1];
		struct held_hit *hit = group->hits[i];
		if (hit->time == before->time && hit->identity == before->identity &&
		    hit->position == before->position && !(hit->identity & 1))
			hit->ordinal = before->ordinal + 1;
	}
	for (size_t i = 0; i < group->count; i++)
		if (!is_forgotten(batch, group->hits[i]->offset))
			group->hits[kept++] = group->hits[i];
	group->count = kept;
}

static int make_groups(struct store_batch *batch, struct err *err)
{
	struct correlated *c = batch->correlated;
	struct held_hit **places;
	char *at = c->staged.data, *end = at + c->staged.length;

	if (batch->forgotten.length)
		qsort(batch->forgotten.data, batch->forgotten.length / sizeof(int64_t),
		      sizeof(int64_t), compare_offsets);
	for (struct staged *s; at < end; at += s->whole) {
		s = (struct staged *)(void *)at;
		s->group = group_of(c, (struct text){ at + sizeof(*s), s->key_size });
		if (!s->group)
			return out_of_memory(err);
		s->group->count++;
		s->hit.batch = batch->id;
		s->hit.system = batch->delivery->system_id;
		s->hit.extra = at + sizeof(*s) + s->key_size;
	}
	places = arena_get_many(c->arena, c->staged_count + 1, sizeof(struct held_hit *));
	if (!places)
		return out_of_memory(err);
	for (size_t i = 0; i < c->group_count; i++) {
		c->groups[i]->hits = places;
		places += c->groups[i]->count;
		c->groups[i]->count = 0;
	}
	at = c->staged.data;
	for (struct staged *s; at < end; at += s->whole) {
		s = (struct staged *)(void *)at;
		s->group->hits[s->group->count++] = &s->hit;
	}
	for (size_t i = 0; i < c->group_count; i++)
		settle_group(batch, c->groups[i]);
	return 0;
}

/* Blocks ------------------------------------------------------------------------------- */

int64_t hit_bucket(const struct correlation *c, int64_t time)
{
	int64_t width = c->rule.timespan < LEAST_BUCKET ? LEAST_BUCKET : c->rule.timespan;
	int64_t rest = time % width;
	return time / width - (rest < 0);
}

static void copy_blocks(struct store_batch *batch, struct pg_copy *copy,
			const struct hit_group *group, struct buffer *packed)
{
	const struct correlation *c = batch->correlated->known.list[group->correlation];
	int32_t part = 0;
	for (size_t from = 0, to; from < group->count; from = to) {
		int64_t bucket = hit_bucket(c, group->hits[from]->time);
		buffer_reset(packed);
		for (to = from; to < group->count && to - from < BLOCK_HITS &&
				hit_bucket(c, group->hits[to]->time) == bucket;
		     to++)
			held_hit_pack(group->hits[to], packed);
		pg_copy_row(copy, 10);
		pg_copy_integer(copy, batch->delivery->contractor_id);
		pg_copy_integer(copy, c->id);
		pg_copy_text(copy, group->key);
		pg_copy_bigint(copy, bucket);
		pg_copy_bigint(copy, batch->id);
		pg_copy_integer(copy, part++);
		pg_copy_integer(copy, (int32_t)(to - from));
		pg_copy_moment(copy, group->hits[from]->time);
		pg_copy_moment(copy, group->hits[to - 1]->time);
		pg_copy_text(copy, buffer_text(packed));
	}
}

static int copy_all_blocks(struct store_batch *batch, struct err *err)
{
	CLEAN(pg_copy) struct pg_copy copy = { 0 };
	CLEAN(buffer) struct buffer packed;
	buffer_init(&packed, (size_t)BLOCK_HITS * 2 * IPC_CORRELATED_LONGEST);
	int done = pg_copy_begin(batch->pg,
		"COPY hit_block (contractor_id, correlation_id, group_key, bucket, batch_id, part,"
		" count, first_hit, last_hit, hits) FROM STDIN (FORMAT binary)", &copy, err);
	if (done < 0)
		return done;
	for (size_t i = 0; i < batch->correlated->group_count && !packed.failed; i++)
		copy_blocks(batch, &copy, batch->correlated->groups[i], &packed);
	return packed.failed ? out_of_memory(err) : pg_copy_end(&copy, NULL, err);
}

/* Changes --------------------------------------------------------------------------------- */

struct change_list {
	struct hit_change *list;
	size_t count, room;
};

static struct hit_change *add_change(struct change_list *changes, struct hit_group *group)
{
	if (changes->count == changes->room) {
		size_t room = changes->room ? changes->room * 2 : 256;
		struct hit_change *wider = realloc(changes->list, room * sizeof(*wider));
		if (!wider)
			return NULL;
		changes->list = wider;
		changes->room = room;
	}
	struct hit_change *change = &changes->list[changes->count++];
	*change = (struct hit_change){ .group = group };
	return change;
}

/* Hits further apart than a timespan have nothing to do with each other. */
static bool split_group(const struct correlation *c, struct hit_group *group,
			struct change_list *changes)
{
	for (size_t from = 0, to; from < group->count; from = to) {
		struct hit_change *change = add_change(changes, group);
		if (!change)
			return false;
		for (to = from + 1; to < group->count; to++)
			if (group->hits[to]->time - group->hits[to - 1]->time > c->rule.timespan)
				break;
		change->is = (struct correlate_change){ group->hits[from]->time,
							group->hits[to - 1]->time, true };
		change->fresh = group->hits + from;
		change->fresh_count = to - from;
	}
	return true;
}

static bool whole_group(struct hit_group *group, struct change_list *changes)
{
	struct hit_change *change;
	if (group->count == 0 && !group->touched)
		return true;
	change = add_change(changes, group);
	if (!change)
		return false;
	change->fresh = group->hits;
	change->fresh_count = group->count;
	change->is.first = group->touched ? group->touched_first : INT64_MAX;
	change->is.last = group->touched ? group->touched_last : INT64_MIN;
	if (group->count && group->hits[0]->time < change->is.first)
		change->is.first = group->hits[0]->time;
	if (group->count && group->hits[group->count - 1]->time > change->is.last)
		change->is.last = group->hits[group->count - 1]->time;
	return true;
}

static int renew_depth(struct store_batch *batch, unsigned depth, struct err *err)
{
	struct correlated *c = batch->correlated;
	struct change_list changes = { 0 };
	int done = 0;
	for (size_t i = 0; done == 0 && i < c->group_count; i++) {
		const struct correlation *is = c->known.list[c->groups[i]->correlation];
		if (is->depth != depth)
			continue;
		if (!(is->grows ? split_group(is, c->groups[i], &changes)
				: whole_group(c->groups[i], &changes)))
			done = out_of_memory(err);
	}
	if (done == 0 && changes.count)
		done = neighbourhood_renew(batch, changes.list, changes.count, err);
	free(changes.list);
	return done;
}

static int correlate_all(struct store_batch *batch, struct err *err)
{
	int done = 0;
	for (unsigned depth = 0; done == 0 && depth <= batch->correlated->known.deepest; depth++)
		done = renew_depth(batch, depth, err);
	return done < 0 ? done : run_evidence_flush(batch, err);
}

int correlated_open(struct correlated *c, struct err *err)
{
	c->arena = arena_new(ARENA_LIMIT);
	if (!c->arena)
		return out_of_memory(err);
	map_init(&c->by_key);
	c->groups = NULL;
	c->group_count = c->group_room = 0;
	return 0;
}

void correlated_close(struct correlated *c)
{
	map_done(&c->by_key);
	free(c->groups);
	arena_free(c->arena);
	c->arena = NULL;
}

static int settle(struct store_batch *batch, bool keep_only, struct err *err)
{
	struct correlated *c = batch->correlated;
	if (c->staged_count == 0)
		return 0;
	int done = correlated_open(c, err);
	if (done < 0)
		return done;
	buffer_reset(&c->evidence);
	done = make_groups(batch, err);
	if (done == 0)
		done = copy_all_blocks(batch, err);
	if (done == 0 && !keep_only)
		done = correlate_all(batch, err);
	correlated_close(c);
	return done;
}

int store_correlated_settle(struct store_batch *batch, struct err *err)
{
	return settle(batch, false, err);
}

int store_correlated_keep(struct store_batch *batch, struct err *err)
{
	return settle(batch, true, err);
}
