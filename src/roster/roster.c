#include "roster/blob.h"
#include "roster/tables.h"

#include <stdlib.h>

#define MEMORY_LIMIT ((size_t)1 << 30)

/* --- finding -------------------------------------------------------------------- */

const struct node *table_all(const struct map *rows, struct text key)
{
	const union map_value *found = map_find(rows, key);
	return found ? found->pointer : NULL;
}

const struct row *table_find(const struct map *rows, struct text key, int64_t moment)
{
	for (const struct node *node = table_all(rows, key); node; node = node->next)
		if (row_holds(node->row, moment))
			return node->row;
	return NULL;
}

static bool span_holds(struct span span, int64_t moment)
{
	return span.from <= moment && moment < span.until;
}

bool table_kept(const struct table *table, int64_t moment)
{
	return span_holds(table->kept, moment);
}

bool table_list_kept(const struct table *table, struct text name, int64_t moment)
{
	const union map_value *found = map_find(&table->lists, name);
	return found && span_holds(*(const struct span *)found->pointer, moment);
}

/* --- filling --------------------------------------------------------------------- */

static void span_widen(struct span *span, const struct row *row)
{
	span->from = row->from < span->from ? row->from : span->from;
	span->until = row->until > span->until ? row->until : span->until;
}

static bool rows_add(struct roster *roster, struct map *rows, struct text key,
		     const struct row *row)
{
	bool is_new = false;
	struct node *node = arena_get(roster->arena, sizeof(*node));
	union map_value *value = map_add(rows, key, &is_new);
	if (!node || !value)
		return false;
	struct node *first = value->pointer, **place = &first;
	while (*place && (*place)->row->from > row->from)
		place = &(*place)->next;
	*node = (struct node){row, *place};
	*place = node;
	value->pointer = first;
	return true;
}

static bool list_add(struct roster *roster, struct table *table, struct text name,
		     const struct row *row)
{
	bool is_new = false;
	union map_value *value = map_add(&table->lists, name, &is_new);
	if (value && is_new) {
		value->pointer = arena_get(roster->arena, sizeof(struct span));
		if (value->pointer)
			*(struct span *)value->pointer = (struct span){INT64_MAX, INT64_MIN};
	}
	if (!value || !value->pointer)
		return false;
	span_widen(value->pointer, row);
	return true;
}

static bool each_add(struct roster *roster, struct map *rows, int column,
		     const struct row *row)
{
	struct text rest = row->fields[column], each;
	while (value_list_next(&rest, &each))
		if (!rows_add(roster, rows, each, row))
			return false;
	return true;
}

/* What is looked for under a key of its own. */
static struct text key_of(struct roster *roster, enum roster_kind kind,
			  const struct text *fields)
{
	/* A person's shifts are looked at together. */
	if (kind == ROSTER_SHIFT)
		return fields[ROSTER_SHIFT_PERSON];
	if (roster_kind_describe(kind)->columns[1].presence != ROSTER_KEY)
		return fields[0];
	CLEAN(buffer) struct buffer key;
	buffer_init(&key, ROSTER_COLUMNS_MOST * (ROSTER_VALUE_LONGEST + 1));
	roster_key_add(kind, fields, &key);
	return key.failed ? TEXT_NONE : arena_text(roster->arena, buffer_text(&key));
}

static struct row *row_new(struct roster *roster, const struct blob_row *head,
			   const struct text *fields)
{
	const struct roster_kind_description *d =
		roster_kind_describe((enum roster_kind)head->kind);
	struct row *row = arena_get(roster->arena, sizeof(*row));
	struct text *texts = arena_get_many(roster->arena, d->column_count, sizeof(*texts));
	int64_t *numbers = arena_get_many(roster->arena, d->column_count, sizeof(*numbers));
	if (!row || !texts || !numbers)
		return NULL;
	for (size_t i = 0; i < d->column_count; i++) {
		texts[i] = fields[i];
		numbers[i] = value_number(d->columns[i].type, fields[i]);
	}
	row->from = head->valid_from;
	row->until = head->valid_until == MOMENT_NONE ? INT64_MAX : head->valid_until;
	row->fields = texts;
	row->numbers = numbers;
	return row;
}

/* The second key names a list, and a name off it is known to be off. */
static bool is_list(enum roster_kind kind)
{
	return kind == ROSTER_COMPARTMENT || kind == ROSTER_NEED || kind == ROSTER_ROLE ||
	       kind == ROSTER_ADMISSION || kind == ROSTER_LISTED;
}

static bool row_add(struct roster *roster, const struct blob_row *head,
		    const struct text *fields)
{
	enum roster_kind kind = (enum roster_kind)head->kind;
	struct table *table = &roster->tables[kind];
	struct row *row = row_new(roster, head, fields);
	struct text key = row ? key_of(roster, kind, row->fields) : TEXT_NONE;
	if (!key.bytes || !rows_add(roster, &table->rows, key, row))
		return false;
	roster->row_count++;
	span_widen(&table->kept, row);
	if (kind == ROSTER_PERSON)
		return each_add(roster, &roster->accounts, ROSTER_PERSON_ACCOUNTS, row) &&
		       each_add(roster, &roster->credentials, ROSTER_PERSON_CREDENTIALS, row);
	if (kind == ROSTER_ASSET && row->fields[ROSTER_ASSET_HASH].length > 0)
		return rows_add(roster, &roster->hashes, row->fields[ROSTER_ASSET_HASH], row);
	if (is_list(kind))
		return list_add(roster, table, row->fields[1], row);
	return true;
}

static int fill(struct roster *roster, struct text blob, struct err *err)
{
	struct text copy = arena_text(roster->arena, blob), fields[ROSTER_COLUMNS_MOST];
	struct blob_row head;
	size_t at = 0;
	int more;
	if (!copy.bytes)
		return err_set(err, ERR_MEMORY, "out of memory for a roster");
	while ((more = blob_next(copy, &at, &head, fields)) > 0)
		if (!row_add(roster, &head, fields))
			return err_set(err, ERR_MEMORY, "out of memory for a roster");
	return more < 0 ? err_set(err, ERR_PROTOCOL, "the roster is not whole") : 0;
}

int roster_new(struct text blob, struct roster **ret_roster, struct err *err)
{
	CLEAN(roster) struct roster *roster = calloc(1, sizeof(*roster));
	if (!roster)
		return err_set(err, ERR_MEMORY, "out of memory for a roster");
	map_init(&roster->accounts);
	map_init(&roster->credentials);
	map_init(&roster->hashes);
	for (size_t i = 0; i < ROSTER_KIND_COUNT; i++) {
		map_init(&roster->tables[i].rows);
		map_init(&roster->tables[i].lists);
		roster->tables[i].kept = (struct span){INT64_MAX, INT64_MIN};
	}
	roster->arena = arena_new(MEMORY_LIMIT);
	if (!roster->arena)
		return err_set(err, ERR_MEMORY, "out of memory for a roster");
	int r = fill(roster, blob, err);
	if (r < 0)
		return r;
	*ret_roster = roster;
	roster = NULL;
	return 0;
}

void roster_free(struct roster *roster)
{
	if (!roster)
		return;
	map_done(&roster->accounts);
	map_done(&roster->credentials);
	map_done(&roster->hashes);
	for (size_t i = 0; i < ROSTER_KIND_COUNT; i++) {
		map_done(&roster->tables[i].rows);
		map_done(&roster->tables[i].lists);
	}
	arena_free(roster->arena);
	free(roster);
}

void roster_clean(struct roster **roster)
{
	roster_free(*roster);
}

size_t roster_rows(const struct roster *roster)
{
	return roster->row_count;
}
