#include <stdlib.h>

#include "exercise/reference.h"

#define FILE_CAP ((size_t)64 << 20)
#define VALUE_CAP 4096
/* From before anything that an exercise judges. */
#define VALID_FROM "{-800}"

enum whose { OF_PERSON, OF_STAFF, OF_ADMIN, OF_ASSET, OF_CONTRACTOR };

static const struct {
	enum whose whose;
	const char *row;
} standing[] = {
#define ROW(whose, row) {OF_##whose, row},
#include "exercise/standing.def"
#undef ROW
};

struct reference {
	struct buffer files[ROSTER_KIND_COUNT];
	struct buffer value;
	bool failed;
	/* Whose rows are being written. */
	const struct contractor *contractor;
	struct occurrence at; /* who and when */
	struct sheet sheet;
};

struct reference *reference_new(void)
{
	struct reference *reference = calloc(1, sizeof(*reference));

	if (!reference)
		return NULL;
	for (unsigned i = 0; i < ROSTER_KIND_COUNT; i++)
		buffer_init(&reference->files[i], FILE_CAP);
	buffer_init(&reference->value, VALUE_CAP);
	reference->sheet.out = &reference->value;
	return reference;
}

void reference_free(struct reference *reference)
{
	if (!reference)
		return;
	for (unsigned i = 0; i < ROSTER_KIND_COUNT; i++)
		buffer_done(&reference->files[i]);
	buffer_done(&reference->value);
	free(reference);
}

void reference_clean(struct reference **reference)
{
	reference_free(*reference);
}

struct text reference_file(const struct reference *reference, enum roster_kind kind)
{
	return buffer_text(&reference->files[kind]);
}

/* Columns of every kind come after its own. */
enum { VALID_FROM_COLUMN, VALID_UNTIL_COLUMN, COMMON_COLUMNS };
static const char *const common_columns[COMMON_COLUMNS] = {"valid_from", "valid_until"};

/* The values of a row by column, as texts still to be filled in. */
struct fields {
	enum roster_kind kind;
	struct text values[ROSTER_COLUMNS_MOST + COMMON_COLUMNS];
};

static const char *column_name(enum roster_kind kind, size_t column)
{
	const struct roster_kind_description *k = roster_kind_describe(kind);

	return column < k->column_count ? k->columns[column].name
					: common_columns[column - k->column_count];
}

static size_t column_count(enum roster_kind kind)
{
	return roster_kind_describe(kind)->column_count + COMMON_COLUMNS;
}

/* A column that is named again has the last of its values. */
static bool read_fields(struct text row, struct fields *ret)
{
	struct text kind = text_split(&row, ' '), name, value;
	char sign;

	if (!roster_kind_from_name(kind, &ret->kind))
		return false;
	while (plant_next_pair(&row, &name, &sign, &value)) {
		size_t i = 0;

		while (i < column_count(ret->kind) &&
		       !text_equal(name, text_of(column_name(ret->kind, i))))
			i++;
		if (i == column_count(ret->kind))
			return false;
		ret->values[i] = value;
	}
	return true;
}

static struct text value_of(struct reference *reference, struct text text)
{
	buffer_reset(&reference->value);
	sheet_write_text(&reference->sheet, reference->contractor, &reference->at, text);
	reference->failed = reference->failed || reference->value.failed;
	return buffer_text(&reference->value);
}

static void add_header(struct buffer *out, enum roster_kind kind)
{
	buffer_add_string(out, "contractor");
	for (size_t i = 0; i < column_count(kind); i++)
		buffer_add_format(out, ",%s", column_name(kind, i));
	buffer_add_byte(out, '\n');
}

static void add_fields(struct reference *reference, struct fields *fields)
{
	size_t own = roster_kind_describe(fields->kind)->column_count;
	struct buffer *out = &reference->files[fields->kind];

	if (!out->length)
		add_header(out, fields->kind);
	if (!fields->values[own + VALID_FROM_COLUMN].length)
		fields->values[own + VALID_FROM_COLUMN] = TEXT(VALID_FROM);
	buffer_add_text(out, reference->contractor->code);
	for (size_t i = 0; i < own + COMMON_COLUMNS; i++) {
		struct text value = value_of(reference, fields->values[i]);
		bool quoted = text_find_byte(value, ',') < value.length;

		buffer_add_format(out, quoted ? ",\"%.*s\"" : ",%.*s", TEXT_PRINT(value));
	}
	buffer_add_byte(out, '\n');
	reference->failed = reference->failed || out->failed;
}

static void add_row(struct reference *reference, struct text row)
{
	struct fields fields = {0};

	if (read_fields(row, &fields))
		add_fields(reference, &fields);
	else
		reference->failed = true;
}

static void add_standing(struct reference *reference, enum whose whose)
{
	for (size_t i = 0; i < ARRAY_LENGTH(standing); i++) {
		if (standing[i].whose == whose)
			add_row(reference, text_of(standing[i].row));
	}
}

static void add_staff(struct reference *reference)
{
	const struct contractor *c = reference->contractor;

	for (uint32_t i = 0; i < c->person_count; i++) {
		reference->at.person = i;
		add_standing(reference, OF_PERSON);
		add_standing(reference, OF_STAFF);
		if (i < c->admin_count)
			add_standing(reference, OF_ADMIN);
	}
}

static bool is_person(struct text row)
{
	return text_starts_with(row, TEXT("persons "));
}

/* What everyday life says of a person, changed as the scene's row says. */
static void add_changed_person(struct reference *reference, struct text row)
{
	struct fields fields = {0};
	size_t everyday = 0;

	while (!is_person(text_of(standing[everyday].row)))
		everyday++;
	if (read_fields(text_of(standing[everyday].row), &fields) &&
	    read_fields(row, &fields))
		add_fields(reference, &fields);
	else
		reference->failed = true;
}

/* Which of the cast a scene's row of persons is about. */
static uint32_t cast_of(struct text row)
{
	struct text name = text_skip(row, text_find(row, TEXT("=$")) + 2);

	return name.length ? (uint32_t)(name.bytes[0] - 'a') : PLANT_CAST;
}

static bool is_stranger(struct text row)
{
	return text_starts_with(row, TEXT("persons none="));
}

static void add_cast_member(struct reference *reference, const char *scene, uint32_t who)
{
	struct text rest = text_of(scene), row;
	bool described = false; /* by the scene's own rows, which come instead */

	while (plant_next_row(&rest, &row)) {
		if (!is_person(row))
			continue;
		described = described || cast_of(row) == who;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(standing); i++) {
		bool is_own = is_person(text_of(standing[i].row));

		if (standing[i].whose == OF_PERSON && !(is_own && described))
			add_row(reference, text_of(standing[i].row));
	}
	if (plant_is_admin(scene, who))
		add_standing(reference, OF_ADMIN);
}

static void add_incident(struct reference *reference, const struct incident *incident)
{
	const char *scene = incident_scene(incident);
	struct text rest = text_of(scene), row;

	reference->at.incident = incident;
	reference->at.time = incident->time;
	for (uint32_t i = 0; i < PLANT_CAST; i++) {
		reference->at.person = incident->cast + i;
		add_cast_member(reference, scene, i);
	}
	while (plant_next_row(&rest, &row)) {
		if (is_stranger(row))
			continue;
		if (!is_person(row)) {
			reference->at.person = incident->cast;
			add_row(reference, row);
		} else if (cast_of(row) < PLANT_CAST) {
			reference->at.person = incident->cast + cast_of(row);
			add_changed_person(reference, row);
		} else {
			reference->failed = true;
		}
	}
	reference->at.incident = NULL;
}

int reference_add(struct reference *reference, const struct plan *plan,
		  uint32_t contractor, struct err *err)
{
	const struct contractor *c = &plan->contractors[contractor];
	uint32_t count;
	const struct incident *incidents = plan_incidents_of(plan, contractor, &count);

	reference->contractor = c;
	reference->at = (struct occurrence){.time = plan->start};
	add_standing(reference, OF_CONTRACTOR);
	add_staff(reference);
	for (uint32_t i = 0; i < c->asset_count; i++) {
		reference->sheet.asset = &c->assets[i];
		add_standing(reference, OF_ASSET);
	}
	for (uint32_t i = 0; i < count; i++) {
		reference->at.time = plan->start;
		add_incident(reference, &incidents[i]);
	}
	return reference->failed ? err_set(err, ERR_MEMORY,
					   "the reference data of %.*s cannot be written",
					   TEXT_PRINT(c->code))
				 : 0;
}
