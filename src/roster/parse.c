/* CSV (RFC 4180) to rows. */
#include "roster/value.h"

#include <stdio.h>

/* Columns that belong to every kind stand after its own. */
enum { COMMON_FROM, COMMON_UNTIL, COMMON_CONTRACTOR, COMMON_COUNT };
static const char *const common_names[] = {"valid_from", "valid_until", "contractor"};

#define FIELDS_MOST (ROSTER_COLUMNS_MOST + COMMON_COUNT)
#define MEMORY_LIMIT ((size_t)1 << 30)
#define FAULTS_MOST 100u

struct parsing {
	const struct roster_kind_description *of;
	enum roster_kind kind;
	struct csv csv;
	bool given_up;
	struct csv_field fields[FIELDS_MOST];
	size_t field_count;
	int places[FIELDS_MOST];   /* of the file's columns: own column, or own count + common */
	size_t header_count;
	struct arena *arena;
	struct buffer scratch;
	struct map keys;
	roster_row_function *row;
	roster_fault_function *fault;
	void *context;
	unsigned faults;
	struct err *err;
	int failure;               /* ends the reading */
};

/* --- faults ------------------------------------------------------------------- */

static void tell_fault(struct parsing *p, unsigned line, unsigned column, const char *reason)
{
	struct roster_fault fault = {line, column, reason};
	if (p->failure == 0)
		p->failure = p->fault(p->context, &fault, p->err);
	if (++p->faults == FAULTS_MOST && p->failure == 0) {
		fault = (struct roster_fault){line, 0, "too many faults; the rest is not looked at"};
		p->failure = p->fault(p->context, &fault, p->err);
		p->given_up = true;
	}
}

static void fault_at(struct parsing *p, const struct csv_field *field, const char *name,
		     const char *what)
{
	char reason[320];
	CLEAN(buffer) struct buffer shown;
	buffer_init(&shown, 512);
	buffer_add_escaped(&shown, field->value, 60);
	snprintf(reason, sizeof(reason), field->value.length ? "%s: \"%s\" %s" : "%s:%s %s", name,
		 shown.data ? shown.data : "", what);
	tell_fault(p, field->line, field->column, reason);
}

static void out_of_memory(struct parsing *p)
{
	if (p->failure == 0)
		p->failure = err_set(p->err, ERR_MEMORY, "out of memory reading a roster");
}

/* --- records ------------------------------------------------------------------- */

/* One record; false where its commas and quotes are wrong (it is passed over). */
static bool record_take(struct parsing *p)
{
	struct csv_fault fault;
	int r = csv_next(&p->csv, p->fields, FIELDS_MOST, &p->field_count, &fault);
	if (r == -ERR_SYNTAX)
		tell_fault(p, fault.line, fault.column, fault.reason);
	else if (r < 0)
		out_of_memory(p);
	return r > 0 && p->failure == 0;
}

static bool record_is_blank(const struct parsing *p)
{
	return p->field_count == 1 && text_trim(p->fields[0].value).length == 0;
}

/* --- the header ------------------------------------------------------------------ */

static int place_of(const struct parsing *p, struct text name)
{
	for (size_t i = 0; i < p->of->column_count; i++)
		if (text_equal_nocase(name, text_of(p->of->columns[i].name)))
			return (int)i;
	for (size_t i = 0; i < COMMON_COUNT; i++)
		if (text_equal_nocase(name, text_of(common_names[i])))
			return (int)(p->of->column_count + i);
	return -1;
}

static const char *place_name(const struct parsing *p, int place)
{
	size_t own = p->of->column_count;
	return (size_t)place < own ? p->of->columns[place].name
				   : common_names[(size_t)place - own];
}

static bool is_needed(const struct parsing *p, int place)
{
	size_t own = p->of->column_count;
	return (size_t)place < own ? p->of->columns[place].presence != ROSTER_OPTIONAL
				   : (size_t)place == own + COMMON_FROM;
}

static bool header_take(struct parsing *p)
{
	bool there[FIELDS_MOST] = {false};
	unsigned before = p->faults;
	if (!record_take(p))
		return false;
	p->header_count = p->field_count;
	for (size_t i = 0; i < p->field_count; i++) {
		struct csv_field *field = &p->fields[i];
		field->value = text_trim(field->value);
		int place = p->places[i] = place_of(p, field->value);
		if (place < 0)
			fault_at(p, field, p->of->name, "is no column of this kind");
		else if (there[place])
			fault_at(p, field, p->of->name, "is there twice");
		else
			there[place] = true;
	}
	for (int place = 0; place < (int)(p->of->column_count + COMMON_COUNT); place++)
		if (is_needed(p, place) && !there[place]) {
			struct csv_field first = {.line = p->fields[0].line, .column = 1};
			fault_at(p, &first, place_name(p, place), "the column is missing");
		}
	return p->faults == before && p->failure == 0;
}

/* --- rows ------------------------------------------------------------------------- */

static const char *text_wrong(struct text value)
{
	if (value.length > ROSTER_VALUE_LONGEST)
		return "is longer than 1024 bytes";
	if (text_utf8_valid(value) != value.length)
		return "is not UTF-8";
	for (size_t i = 0; i < value.length; i++)
		if ((unsigned char)value.bytes[i] < ' ' || value.bytes[i] == 127)
			return "has a control character in it";
	return NULL;
}

static const char *own_take(struct parsing *p, size_t place, struct text value,
			    struct roster_row *row)
{
	buffer_reset(&p->scratch);
	const char *wrong = value_write(p->of->columns[place].type, value, &p->scratch);
	if (wrong)
		return wrong;
	row->fields[place] = arena_text(p->arena, buffer_text(&p->scratch));
	if (!row->fields[place].bytes || p->scratch.failed)
		out_of_memory(p);
	return NULL;
}

static const char *common_take(size_t which, struct text value, struct roster_row *row)
{
	if (which == COMMON_CONTRACTOR)
		row->contractor = value;
	else if (value.length &&
		 !value_moment(value, which == COMMON_FROM ? &row->valid_from : &row->valid_until))
		return "is neither a date as YYYY-MM-DD nor a moment of RFC 3339";
	return NULL;
}

static void value_take(struct parsing *p, size_t i, struct roster_row *row)
{
	struct csv_field *field = &p->fields[i];
	size_t place = (size_t)p->places[i], own = p->of->column_count;
	field->value = text_trim(field->value);
	const char *wrong = text_wrong(field->value);
	if (!wrong && field->value.length == 0 && is_needed(p, (int)place))
		wrong = "must not be empty";
	if (!wrong)
		wrong = place < own ? own_take(p, place, field->value, row)
				    : common_take(place - own, field->value, row);
	if (wrong)
		fault_at(p, field, place_name(p, (int)place), wrong);
}

/* Where two rows begin at one moment nobody could say which one counts. */
static bool is_repeated(struct parsing *p, const struct roster_row *row)
{
	bool is_new = true;
	buffer_reset(&p->scratch);
	buffer_add_text(&p->scratch, row->contractor);
	buffer_add_byte(&p->scratch, '\x1f');
	buffer_add_be64(&p->scratch, (uint64_t)row->valid_from);
	roster_key_add(p->kind, row->fields, &p->scratch);
	struct text key = arena_text(p->arena, buffer_text(&p->scratch));
	if (!key.bytes || !map_add(&p->keys, key, &is_new))
		out_of_memory(p);
	return !is_new;
}

static void row_take(struct parsing *p)
{
	struct roster_row row = {.valid_from = MOMENT_NONE, .valid_until = MOMENT_NONE};
	unsigned before = p->faults;
	row.line = p->fields[0].line;
	for (size_t i = 0; i < ROSTER_COLUMNS_MOST; i++)
		row.fields[i] = TEXT("");
	if (p->field_count != p->header_count) {
		char reason[96];
		snprintf(reason, sizeof(reason), "the row has %zu fields, the first row has %zu",
			 p->field_count, p->header_count);
		tell_fault(p, row.line, 1, reason);
		return;
	}
	for (size_t i = 0; i < p->field_count; i++)
		value_take(p, i, &row);
	if (p->faults != before || p->failure)
		return;
	if (row.valid_until != MOMENT_NONE && row.valid_until <= row.valid_from)
		tell_fault(p, row.line, 1, "valid_until: the row ends before it begins");
	else if (is_repeated(p, &row))
		tell_fault(p, row.line, 1,
			   "an earlier row has the same key and begins at the same moment");
	else if (p->failure == 0)
		p->failure = p->row(p->context, &row, p->err);
}

int roster_parse(enum roster_kind kind, struct text content, roster_row_function *row,
		 roster_fault_function *fault, void *context, struct err *err)
{
	CLEAN(arena) struct arena *arena = arena_new(MEMORY_LIMIT);
	struct parsing p = {
		.of = roster_kind_describe(kind),
		.kind = kind,
		.arena = arena,
		.row = row,
		.fault = fault,
		.context = context,
		.err = err,
	};
	if (!arena)
		return err_set(err, ERR_MEMORY, "out of memory reading a roster");
	csv_init(&p.csv, content, arena);
	buffer_init(&p.scratch, ROSTER_FILE_LARGEST + 4096);
	map_init(&p.keys);
	if (csv_at_end(&p.csv))
		tell_fault(&p, 0, 0, "the file is empty");
	else if (header_take(&p))
		while (!csv_at_end(&p.csv) && !p.given_up && p.failure == 0)
			if (record_take(&p) && !record_is_blank(&p))
				row_take(&p);
	map_done(&p.keys);
	csv_done(&p.csv);
	buffer_done(&p.scratch);
	return p.failure;
}
