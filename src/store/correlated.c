/* Hits of correlations: taken from a reader, grouped, kept in blocks. */
#include "store/correlated.h"
#include "store/run.h"

#include <stdlib.h>

#define ARENA_LIMIT ((size_t)2 << 30)
/* Bytes of full blocks kept back. */
#define FLUSH_AT ((size_t)4 << 20)
#define KEY_LONGEST (4 + 8 * (size_t)IPC_GROUP_MOST)

static int out_of_memory(struct err *err)
{
	return err_set(err, ERR_MEMORY, "correlations of a batch");
}

int store_correlated_new(struct store_batch *batch, struct err *err)
{
	struct correlated *c = calloc(1, sizeof(*c));
	if (!c)
		return out_of_memory(err);
	batch->correlated = c;
	map_init(&c->by_key);
	buffer_init(&c->extra, 4 * IPC_CORRELATED_LONGEST);
	buffer_init(&c->blocks, (size_t)1 << 30);
	buffer_init(&c->evidence, (size_t)1 << 30);
	buffer_init(&c->undecided, (size_t)1 << 30);
	buffer_init(&c->runs, (size_t)1 << 30);
	buffer_init(&c->run_hits, (size_t)1 << 30);
	return pg_script(batch->pg,
		"CREATE TEMPORARY TABLE IF NOT EXISTS changed (nth integer, correlation_id integer,"
		" group_key bytea, low timestamptz, high timestamptz, latest timestamptz,"
		" nearest boolean);"
		"CREATE TEMPORARY TABLE IF NOT EXISTS waiting (correlation_id integer, waits_for text,"
		" until timestamptz, group_key bytea, time timestamptz);"
		"CREATE TEMPORARY TABLE IF NOT EXISTS run_event (violation_id bigint, batch_id bigint,"
		" byte_offset bigint, line integer, byte_length integer, time timestamptz,"
		" rule_id integer);"
		"CREATE TEMPORARY TABLE IF NOT EXISTS new_run (LIKE run);"
		"CREATE TEMPORARY TABLE IF NOT EXISTS new_run_hit (LIKE run_hit)",
		err);
}

void correlated_forget(struct correlated *c)
{
	map_done(&c->by_key);
	map_init(&c->by_key);
	free(c->groups);
	c->groups = NULL;
	c->group_count = c->group_room = 0;
	memset(c->at_hand, 0, sizeof(c->at_hand));
	arena_free(c->arena);
	c->arena = NULL;
	c->full = false;
	c->block_bytes = 0;
	buffer_reset(&c->blocks);
	buffer_reset(&c->evidence);
	buffer_reset(&c->undecided);
	buffer_reset(&c->runs);
	buffer_reset(&c->run_hits);
}

void store_correlated_free(struct store_batch *batch)
{
	struct correlated *c = batch->correlated;
	if (!c)
		return;
	correlated_forget(c);
	map_done(&c->by_key);
	correlations_done(&c->known);
	free(c->judges);
	buffer_done(&c->extra);
	buffer_done(&c->blocks);
	buffer_done(&c->evidence);
	buffer_done(&c->undecided);
	buffer_done(&c->runs);
	buffer_done(&c->run_hits);
	free(c);
	batch->correlated = NULL;
}

int store_correlated_definitions(struct store_batch *batch, const int32_t *rules, size_t count,
				 struct err *err)
{
	struct correlated *c = batch->correlated;
	int done = correlations_read(batch->pg, &c->known, rules, count, err);
	bool *wider = done < 0 ? NULL : realloc(c->judges, (c->known.count + 1) * sizeof(*wider));
	if (done < 0)
		return done;
	if (!wider)
		return err_set(err, ERR_MEMORY, "correlations");
	c->judges = wider;
	store_batch_judged_by(batch, NULL, 0);
	return 0;
}

void store_correlated_begin(struct store_batch *batch)
{
	if (batch->correlated->arena)
		correlated_forget(batch->correlated);
	store_batch_judged_by(batch, NULL, 0);
}

/* Groups ---------------------------------------------------------------------------- */

static struct hit_group *new_group(struct correlated *c, struct text place_and_key)
{
	bool is_new;
	uint32_t place;
	struct text key = arena_text(c->arena, place_and_key);
	struct hit_group *group = arena_get(c->arena, sizeof(*group));
	union map_value *value = key.bytes && group ? map_add(&c->by_key, key, &is_new) : NULL;
	if (!value)
		return NULL;
	if (c->group_count == c->group_room) {
		size_t room = c->group_room ? c->group_room * 2 : 256;
		struct hit_group **wider = realloc(c->groups, room * sizeof(struct hit_group *));
		if (!wider)
			return NULL;
		c->groups = wider;
		c->group_room = room;
	}
	memcpy(&place, key.bytes, sizeof(place));
	group->correlation = place;
	group->key = text_skip(key, sizeof(place));
	value->pointer = group;
	c->groups[c->group_count++] = group;
	return group;
}

/* NULL: out of memory, for the rest of the batch. */
static struct hit_group *group_of(struct correlated *c, struct text place_and_key)
{
	if (!c->arena)
		c->arena = arena_new(ARENA_LIMIT);
	if (!c->arena)
		return NULL;
	union map_value *value = map_find(&c->by_key, place_and_key);
	return value && value->pointer ? value->pointer : new_group(c, place_and_key);
}

struct hit_group *correlated_group(struct correlated *c, uint32_t correlation, struct text key)
{
	char place_and_key[KEY_LONGEST];
	if (key.length > sizeof(place_and_key) - sizeof(correlation))
		return NULL;
	memcpy(place_and_key, &correlation, sizeof(correlation));
	memcpy(place_and_key + sizeof(correlation), key.bytes, key.length);
	return group_of(c, (struct text){ place_and_key, sizeof(correlation) + key.length });
}

static struct group_at_hand *at_hand(struct correlated *c, uint32_t correlation, uint64_t name)
{
	return &c->at_hand[(name ^ correlation) % GROUPS_AT_HAND];
}

/* By the names that follow a hit. */
static struct hit_group *group_named(struct correlated *c, uint32_t correlation,
				     const uint64_t *names, uint32_t count)
{
	uint64_t key[IPC_GROUP_MOST];
	for (uint32_t i = 0; i < count; i++)
		key[i] = htobe64(names[i]);
	const struct text text = { (const char *)key, sizeof(key[0]) * count };
	if (count != 1)
		return correlated_group(c, correlation, text);
	struct group_at_hand *place = at_hand(c, correlation, names[0]);
	if (!place->group || place->name != names[0] || place->correlation != correlation)
		*place = (struct group_at_hand){ correlated_group(c, correlation, text), names[0],
						 correlation };
	return place->group;
}

/* NULL is allowed. */
static void prefetch(const void *thing, size_t size)
{
	for (size_t at = 0; thing && at < size; at += 64)
		__builtin_prefetch((const char *)thing + at, 1);
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

/* Latitude and longitude in millionths of a degree; see struct ipc_correlated. */
static bool is_point(uint64_t value)
{
	int64_t latitude = (int32_t)(uint32_t)(value >> 32), longitude = (int32_t)(uint32_t)value;
	return latitude >= -90000000 && latitude <= 90000000 && longitude >= -180000000 &&
	       longitude <= 180000000;
}

static bool is_sound(const struct ipc_correlated *head, const struct correlation *c)
{
	return (c->rule.type != CORRELATE_TRAVEL || is_point(head->value)) &&
	       head->group_count == c->group_count && head->position < c->rule_count &&
	       head->time >= MOMENT_LEAST && head->time < MOMENT_MOST && head->level <= 5 &&
	       head->line <= INT32_MAX && head->length <= INT32_MAX && head->offset <= INT64_MAX;
}

/* A block that is full can be written, unless its hits must be put in order first. */
static bool add_hit(struct correlated *c, struct hit_group *group, const struct held_hit *hit)
{
	struct full_block last = { group, group->list.newest };
	if (!hit_list_add(&group->list, c->known.list[group->correlation], hit, c->arena))
		return false;
	if (!last.block || last.block == group->list.newest || group->list.out_of_order)
		return true;
	buffer_add(&c->blocks, &last, sizeof(last));
	c->block_bytes += last.block->length;
	return !c->blocks.failed;
}

/*
 * Hits go to groups all over the memory. So some are looked at together, and
 * what each will need next is fetched before the first is added.
 */
#define STAGED_AT_ONCE 32u
struct staged {
	const struct ipc_correlated *head;
	struct text chained;
	struct hit_group *group;
};

/* The payload is aligned, and so is what each hit consists of. group NULL: nothing to add. */
static int stage(const struct reading *r, struct text *rest, struct staged *ret)
{
	const struct ipc_correlated *head = (const void *)rest->bytes;
	uint32_t place;

	ret->group = NULL;
	if (rest->length < sizeof(*head))
		return err_set(r->err, ERR_PROTOCOL, "correlated hit is cut short");
	*rest = text_skip(*rest, sizeof(*head));
	const struct correlation *c = definition(r, head->rule, &place);
	if (head->rule >= r->rule_count || (c && !is_sound(head, c)) || head->size > rest->length ||
	    head->size > IPC_CORRELATED_LONGEST || head->size % 8 != 0 ||
	    head->group_count > IPC_GROUP_MOST || head->size < head->group_count * sizeof(uint64_t))
		return err_set(r->err, ERR_PROTOCOL, "correlated hit is out of range");
	struct text more = text_head(*rest, head->size);
	*rest = text_skip(*rest, head->size);
	/* Its standard was loaded when the books kept no correlations. */
	if (!c || r->correlated->full)
		return 0;
	ret->head = head;
	ret->chained = text_skip(more, head->group_count * sizeof(uint64_t));
	ret->group = group_named(r->correlated, place, (const void *)more.bytes, head->group_count);
	r->correlated->full = !ret->group;
	prefetch(ret->group, sizeof(*ret->group));
	return 0;
}

static int add_staged(const struct reading *r, const struct staged *staged)
{
	struct correlated *all = r->correlated;
	const struct ipc_correlated *head = staged->head;
	buffer_reset(&all->extra);
	for (struct text rest = staged->chained; rest.length;) {
		int done = take_chained(r, &rest, &all->extra);
		if (done < 0)
			return done;
	}
	const struct held_hit hit = { .time = head->time,
				      .identity = head->identity,
				      .offset = head->offset,
				      .value = head->value,
				      .line = head->line,
				      .length = head->length,
				      .position = head->position,
				      .level = head->level,
				      .extra_size = (uint32_t)all->extra.length,
				      .extra = all->extra.data };
	all->full = all->full || all->extra.failed || !add_hit(all, staged->group, &hit);
	return 0;
}

static int stage_some(const struct reading *r, struct text *rest)
{
	struct staged staged[STAGED_AT_ONCE];
	size_t count = 0;
	int done = 0;
	while (done == 0 && rest->length && count < STAGED_AT_ONCE) {
		done = stage(r, rest, &staged[count]);
		count += staged[count].group != NULL;
	}
	for (size_t i = 0; i < count; i++)
		prefetch(staged[i].group->list.newest, sizeof(struct hit_block));
	for (size_t i = 0; done == 0 && i < count; i++)
		done = add_staged(r, &staged[i]);
	return done;
}

int store_batch_correlated(struct store_batch *batch, struct text payload, const int32_t *rules,
			   size_t rule_count, struct err *err)
{
	struct reading reading = { batch->correlated, rules, rule_count, err };
	int done = 0;
	while (done == 0 && payload.length)
		done = stage_some(&reading, &payload);
	if (done == 0 && batch->correlated->full) {
		ipc_fail_fill(&batch->refusal, IPC_REFUSED_TOO_MANY,
			      "more records that correlations are about than one batch may hold");
		return 1;
	}
	if (done == 0 && batch->correlated->block_bytes > FLUSH_AT)
		done = store_batch_flush(batch, err);
	return done;
}

/* Blocks ------------------------------------------------------------------------------- */

static void copy_block(struct store_batch *batch, struct pg_copy *copy, struct hit_group *group,
		       struct hit_block *block, struct buffer *tallies)
{
	if (block->written)
		return;
	block->written = true;
	buffer_reset(tallies);
	hit_tallies_pack(block, tallies);
	pg_copy_row(copy, 11);
	pg_copy_integer(copy, batch->delivery->contractor_id);
	pg_copy_integer(copy, batch->correlated->known.list[group->correlation]->id);
	pg_copy_text(copy, group->key);
	pg_copy_moment(copy, block->last);
	pg_copy_moment(copy, block->first);
	pg_copy_bigint(copy, batch->id);
	pg_copy_integer(copy, group->parts++);
	pg_copy_integer(copy, batch->delivery->system_id);
	pg_copy_integer(copy, (int32_t)block->count);
	pg_copy_text(copy, buffer_text(tallies));
	pg_copy_text(copy, hit_block_text(block));
}

/* Those that are full, or all. */
static int copy_blocks(struct store_batch *batch, bool all, struct err *err)
{
	CLEAN(pg_copy) struct pg_copy copy = { 0 };
	CLEAN(buffer) struct buffer tallies;
	struct correlated *c = batch->correlated;
	const struct full_block *full = (const void *)c->blocks.data;
	buffer_init(&tallies, (size_t)1 << 20);
	int done = pg_copy_begin(batch->pg,
		"COPY hit_block (contractor_id, correlation_id, group_key, last_hit, first_hit,"
		" batch_id, part, system_id, count, tallies, hits) FROM STDIN (FORMAT binary)",
		&copy, err);
	if (done < 0)
		return done;
	for (size_t i = 0; i < c->blocks.length / sizeof(*full); i++)
		copy_block(batch, &copy, full[i].group, full[i].block, &tallies);
	for (size_t i = 0; all && i < c->group_count; i++)
		for (struct hit_block *block = c->groups[i]->list.blocks; block; block = block->next)
			copy_block(batch, &copy, c->groups[i], block, &tallies);
	buffer_reset(&c->blocks);
	c->block_bytes = 0;
	return tallies.failed ? out_of_memory(err) : pg_copy_end(&copy, NULL, err);
}

struct store_effort store_batch_effort(const struct store_batch *batch)
{
	return batch->correlated->effort;
}

int store_correlated_flush(struct store_batch *batch, struct err *err)
{
	return batch->correlated->blocks.length ? copy_blocks(batch, false, err) : 0;
}

/* Its hits are packed anew: those that were written are no more. */
static int forget_blocks(struct store_batch *batch, struct hit_group *group, struct err *err)
{
	const struct correlation *c = batch->correlated->known.list[group->correlation];
	if (group->parts == 0)
		return 0;
	return pg_query(batch->pg,
		"DELETE FROM hit_block WHERE contractor_id = $1 AND correlation_id = $2"
		" AND group_key = $3 AND last_hit BETWEEN $4 AND $5 AND batch_id = $6",
		PG_VALUES(PG_NUMBER(batch->delivery->contractor_id), PG_NUMBER(c->id),
			  PG_BYTES(group->key), PG_MOMENT(group->hits[0]->time),
			  PG_MOMENT(group->hits[group->count - 1]->time), PG_NUMBER(batch->id)),
		NULL, err);
}

/* Settling --------------------------------------------------------------------------- */

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

bool hit_group_read(const struct store_batch *batch, struct hit_group *group)
{
	struct arena *arena = batch->correlated->arena;
	size_t count = group->list.count;
	if (group->hits)
		return true;
	struct held_hit *hits = arena_get_many(arena, count + 1, sizeof(*hits));
	group->hits = arena_get_many(arena, count + 1, sizeof(struct held_hit *));
	if (!hits || !group->hits)
		return false;
	for (const struct hit_block *block = group->list.blocks; block; block = block->next) {
		struct text rest = hit_block_text(block);
		struct hit_before before = { 0 };
		while (group->count < count && hit_block_next(&rest, &before, hits)) {
			hits->batch = batch->id;
			hits->system = batch->delivery->system_id;
			group->hits[group->count++] = hits++;
		}
	}
	return true;
}

/*
 * In order, the nth of equal lines numbered, and without what was delivered
 * before: a line's number is the same then and now.
 */
static int settle_group(struct store_batch *batch, struct hit_group *group, struct err *err)
{
	const struct correlation *c = batch->correlated->known.list[group->correlation];
	size_t kept = 0;
	if (!group->list.out_of_order && batch->forgotten.length == 0)
		return 0;
	if (!hit_group_read(batch, group))
		return out_of_memory(err);
	if (group->list.out_of_order)
		qsort(group->hits, group->count, sizeof(struct held_hit *), compare_hits);
	for (size_t i = 1; i < group->count; i++) {
		const struct held_hit *before = group->hits[i - 1];
		struct held_hit *hit = group->hits[i];
		if (hit->time == before->time && hit->identity == before->identity &&
		    hit->position == before->position && !(hit->identity & 1))
			hit->ordinal = before->ordinal + 1;
	}
	int done = forget_blocks(batch, group, err);
	group->list = (struct hit_list){ 0 };
	for (size_t i = 0; i < group->count; i++) {
		if (is_forgotten(batch, group->hits[i]->offset))
			continue;
		group->hits[kept++] = group->hits[i];
		if (!hit_list_add(&group->list, c, group->hits[kept - 1], batch->correlated->arena))
			return out_of_memory(err);
	}
	group->count = kept;
	return done;
}

static int settle_groups(struct store_batch *batch, struct err *err)
{
	struct correlated *c = batch->correlated;
	int done = 0;
	if (batch->forgotten.length)
		qsort(batch->forgotten.data, batch->forgotten.length / sizeof(int64_t),
		      sizeof(int64_t), compare_offsets);
	for (size_t i = 0; done == 0 && i < c->group_count; i++)
		done = settle_group(batch, c->groups[i], err);
	return done;
}

void correlated_places(const struct correlated *c, struct pg_copy *copy)
{
	for (size_t i = 0; i < c->group_count; i++) {
		const struct hit_block *block = c->groups[i]->list.blocks;
		for (; block; block = block->next) {
			struct text rest = hit_block_text(block);
			struct hit_before before = { 0 };
			struct held_hit hit;
			while (hit_block_next(&rest, &before, &hit)) {
				pg_copy_row(copy, 2);
				pg_copy_moment(copy, hit.time);
				pg_copy_bigint(copy, (int64_t)hit.offset);
			}
		}
	}
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

static bool is_reached(const struct hit_group *group, int64_t time, size_t *reach)
{
	while (*reach < group->reach_count && group->reaches[*reach].to < time)
		++*reach;
	return *reach < group->reach_count && group->reaches[*reach].from <= time;
}

/*
 * Hits out of reach of a window in which the condition can be true are in
 * none. Those further apart than a timespan have nothing to do with each other.
 */
static bool split_group(const struct correlation *c, struct hit_group *group,
			struct change_list *changes)
{
	size_t reach = 0, from = 0, to;
	for (; from < group->count; from = to) {
		to = from + 1;
		if (!is_reached(group, group->hits[from]->time, &reach))
			continue;
		struct hit_change *change = add_change(changes, group);
		if (!change)
			return false;
		for (; to < group->count; to++)
			if (group->hits[to]->time - group->hits[to - 1]->time > c->rule.timespan ||
			    !is_reached(group, group->hits[to]->time, &reach))
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

/* A hit of this group of the batch may be in a window in which the condition is true. */
static bool can_matter(const struct correlation *c, const struct hit_group *group)
{
	return group->touched || group->reach_count || !(c->grows || c->needs_below);
}

static int renew_depth(struct store_batch *batch, unsigned depth, struct err *err)
{
	struct correlated *c = batch->correlated;
	struct change_list changes = { 0 };
	bool good = true;
	int done = reach_find_below(batch, depth, err);
	for (size_t i = 0; good && done == 0 && i < c->group_count; i++) {
		struct hit_group *group = c->groups[i];
		const struct correlation *is = c->known.list[group->correlation];
		if (is->depth != depth || !can_matter(is, group))
			continue;
		good = hit_group_read(batch, group) &&
		       (is->grows ? split_group(is, group, &changes) : whole_group(group, &changes));
	}
	if (!good)
		done = out_of_memory(err);
	if (done == 0 && changes.count)
		done = neighbourhood_renew(batch, changes.list, changes.count, err);
	free(changes.list);
	return done;
}

/* Hits that no condition can reach end here, with what they were packed into. */
static int correlate_all(struct store_batch *batch, struct err *err)
{
	struct correlated *c = batch->correlated;
	int done = settle_groups(batch, err);
	if (done == 0)
		done = horizon_extend(batch, err);
	if (done == 0)
		done = reach_find(batch, err);
	for (unsigned depth = 0; done == 0 && depth <= c->known.deepest; depth++)
		done = renew_depth(batch, depth, err);
	if (done == 0)
		done = copy_blocks(batch, true, err);
	if (done == 0)
		done = horizon_flush(batch, err);
	return done < 0 ? done : run_evidence_flush(batch, err);
}

/* Is there anything that the batch can change? */
static bool has_work(const struct correlated *c)
{
	bool waits = false;
	for (size_t i = 0; c->judges && i < c->known.count; i++)
		waits = waits || (c->judges[i] && c->known.list[i]->waits);
	return c->group_count || waits;
}

int store_correlated_settle(struct store_batch *batch, struct err *err)
{
	struct correlated *c = batch->correlated;
	c->effort = (struct store_effort){ 0 };
	if (!has_work(c))
		return 0;
	int done = correlations_hold_for(batch->pg, &c->known, batch->delivery->contractor_id, err);
	if (done == 0)
		done = correlate_all(batch, err);
	correlated_forget(c);
	return done;
}

int store_correlated_keep(struct store_batch *batch, struct err *err)
{
	if (batch->correlated->group_count == 0)
		return 0;
	int done = settle_groups(batch, err);
	if (done == 0)
		done = copy_blocks(batch, true, err);
	correlated_forget(batch->correlated);
	return done;
}
