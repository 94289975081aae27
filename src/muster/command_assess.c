/*
 * muster assess: what assessors found about requirements, recorded one by
 * one or from a file, and listed.
 */
#include "muster/command.h"

#include <stdlib.h>

#define FILE_LARGEST ((size_t)16 << 20)
#define WORDS_LONGEST 4000

const struct command_option command_assess_record_options[] = {
	{ "assessor", 'a', "NAME", COMMAND_REQUIRED, "who assessed it" },
	{ "basis", 'b', "TEXT", COMMAND_REQUIRED,
	  "what was examined, interviewed or tested, and where that is kept" },
	{ "at", 0, "TIME", 0, "when it was assessed (default: now)" },
	{ "standard", 0, "NAME", 0, "standard of the requirement (default: nist-800-171r2)" },
	COMMAND_OPTIONS_END
};
const struct command_option command_assess_import_options[] = {
	{ "contractor", 'c', "CODE", 0,
	  "whose requirements they are; without it, the file has a column contractor" },
	COMMAND_OPTIONS_END
};
const struct command_option command_assess_list_options[] = {
	{ "standard", 0, "NAME", 0, "only under this standard" },
	{ "as-of", 0, "TIME", 0, "as the books stood at TIME" },
	COMMAND_OPTIONS_END
};

static const char default_standard[] = "nist-800-171r2";

/* What the list shows is what a file to import holds: one comes from the other. */
static const struct report_column columns[] = {
	{ "contractor", "CODE", REPORT_TEXT, 0, 0, "code of the contractor" },
	{ "standard", "STANDARD", REPORT_TEXT, 2, 0, "standard of the requirement" },
	{ "requirement", "REQ.", REPORT_TEXT, 0, 0, "id of the requirement" },
	{ "finding", "FINDING", REPORT_TEXT, 0, 0, "met, not-met, partial or not-applicable" },
	{ "assessed_at", "ASSESSED", REPORT_MOMENT, 0, 0, "when it was assessed" },
	{ "assessor", "ASSESSOR", REPORT_TEXT, 0, 8, "who assessed it" },
	{ "basis", "BASIS", REPORT_TEXT, 0, 12, "what was examined, interviewed or tested" },
	{ "recorded_at", "RECORDED", REPORT_MOMENT, 3, 0, "when it came into the books; not read from a file" },
	{ "recorded_by", "BY", REPORT_TEXT, 3, 0, "who recorded it; not read from a file" },
};
const struct report_table command_assess_table = { columns, ARRAY_LENGTH(columns) };
enum { CONTRACTOR, STANDARD, REQUIREMENT, FINDING, ASSESSED, ASSESSOR, BASIS, READ_COUNT };

static bool is_finding(const char *word)
{
	static const char *const findings[] = { "met", "not-met", "partial", "not-applicable" };

	for (size_t i = 0; i < ARRAY_LENGTH(findings); i++)
		if (strcmp(word, findings[i]) == 0)
			return true;
	return false;
}

/* Recording one ------------------------------------------------------------------- */

int command_assess_record(struct command_run *run, struct err *err)
{
	const char *standard = command_option(run, "standard");
	struct store_assessment assessment = {
		.contractor = command_argument(run, 0),
		.standard = standard ? standard : default_standard,
		.requirement = command_argument(run, 1),
		.finding = command_argument(run, 2),
		.assessed = command_now(run),
		.assessor = command_option(run, "assessor"),
		.basis = command_option(run, "basis"),
	};
	struct pg *pg;
	size_t bad;
	int r = 0;

	if (!is_finding(assessment.finding))
		r = err_set(err, ERR_USAGE,
			    "\"%s\" is no finding: it is one of met, not-met, partial, not-applicable",
			    assessment.finding);
	if (r == 0)
		r = command_option_moment(run, "at", &assessment.assessed, err);
	if (r >= 0)
		r = command_store_person(run, &pg, NULL, err);
	if (r == 0)
		r = store_assess(pg, &assessment, 1, &bad, err);
	if (r < 0)
		return r;
	return command_say(run, err, "%s of %s is recorded as %s.", assessment.requirement,
			   assessment.contractor, assessment.finding);
}

/* Importing ------------------------------------------------------------------------- */

struct importing {
	const char *path, *contractor;
	struct arena *arena;
	struct csv csv;
	int places[ARRAY_LENGTH(columns)];     /* of the file's columns, in `columns` */
	size_t header_count;
	struct store_assessment *rows;
	unsigned *lines;
	size_t count, room;
};

static int fault(const struct importing *importing, const struct csv_field *field,
		 struct err *err, const char *why)
{
	return err_set(err, ERR_SYNTAX, "%s:%u:%u: %s", importing->path, field->line,
		       field->column, why);
}

static int next_record(struct importing *importing, struct csv_field *fields, size_t *ret_count,
		       struct err *err)
{
	struct csv_fault wrong;
	int r = csv_next(&importing->csv, fields, ARRAY_LENGTH(columns), ret_count, &wrong);

	if (r == -ERR_SYNTAX)
		return err_set(err, ERR_SYNTAX, "%s:%u:%u: %s", importing->path, wrong.line,
			       wrong.column, wrong.reason);
	return r < 0 ? err_set(err, ERR_MEMORY, "%s: out of memory", importing->path) : r;
}

static int header_read(struct importing *importing, struct err *err)
{
	struct csv_field fields[ARRAY_LENGTH(columns)];
	bool there[ARRAY_LENGTH(columns)] = { false };
	int r = next_record(importing, fields, &importing->header_count, err);

	if (r == 0)
		return err_set(err, ERR_SYNTAX, "%s: the file is empty", importing->path);
	for (size_t i = 0; r > 0 && i < importing->header_count; i++) {
		size_t place = 0;
		while (place < ARRAY_LENGTH(columns) &&
		       !text_equal_nocase(text_trim(fields[i].value),
					  text_of(columns[place].key)))
			place++;
		if (place == ARRAY_LENGTH(columns))
			return fault(importing, &fields[i], err,
				     "no such column; they are those of muster assess list");
		if (there[place])
			return fault(importing, &fields[i], err, "the column is there twice");
		there[place] = true;
		importing->places[i] = (int)place;
	}
	for (size_t place = importing->contractor ? STANDARD : CONTRACTOR; r > 0 && place < READ_COUNT;
	     place++)
		if (!there[place] && place != STANDARD)
			return err_set(err, ERR_SYNTAX, "%s: the column %s is missing",
				       importing->path, columns[place].key);
	return r < 0 ? r : 0;
}

static const char *value_wrong(struct text value)
{
	if (value.length == 0)
		return "must not be empty";
	if (value.length > WORDS_LONGEST)
		return "is longer than 4000 bytes";
	if (text_utf8_valid(value) != value.length)
		return "is not UTF-8";
	return memchr(value.bytes, '\0', value.length) ? "has a NUL in it" : NULL;
}

/* A moment, or a day: its beginning in UTC. */
static bool moment_read(struct text value, int64_t *ret_moment)
{
	char whole[32];

	if (value.length != strlen("YYYY-MM-DD"))
		return calendar_from_rfc3339(value, ret_moment);
	snprintf(whole, sizeof(whole), "%.*sT00:00:00Z", TEXT_PRINT(value));
	return calendar_from_rfc3339(text_of(whole), ret_moment);
}

static int value_take(struct importing *importing, const struct csv_field *field, int place,
		      struct store_assessment *row, struct err *err)
{
	const char **const texts[READ_COUNT] = {
		[CONTRACTOR] = &row->contractor,   [STANDARD] = &row->standard,
		[REQUIREMENT] = &row->requirement, [FINDING] = &row->finding,
		[ASSESSOR] = &row->assessor,	   [BASIS] = &row->basis,
	};
	struct text value = text_trim(field->value);
	const char *wrong = place < READ_COUNT ? value_wrong(value) : NULL;

	if (wrong)
		return fault(importing, field, err, wrong);
	if (place == ASSESSED && !moment_read(value, &row->assessed))
		return fault(importing, field, err,
			     "is neither a date as YYYY-MM-DD nor a moment of RFC 3339");
	if (place >= READ_COUNT || place == ASSESSED)
		return 0;
	*texts[place] = arena_text(importing->arena, value).bytes;
	if (!*texts[place])
		return err_set(err, ERR_MEMORY, "%s: out of memory", importing->path);
	if (place == FINDING && !is_finding(row->finding))
		return fault(importing, field, err,
			     "is no finding: it is one of met, not-met, partial, not-applicable");
	return 0;
}

static int row_keep(struct importing *importing, const struct store_assessment *row,
		    unsigned line, struct err *err)
{
	if (importing->count == importing->room) {
		size_t room = importing->room ? 2 * importing->room : 128;
		void *rows = reallocarray(importing->rows, room, sizeof(*importing->rows));
		if (rows)
			importing->rows = rows;
		void *lines = reallocarray(importing->lines, room, sizeof(*importing->lines));
		if (lines)
			importing->lines = lines;
		if (!rows || !lines)
			return err_set(err, ERR_MEMORY, "%s: out of memory", importing->path);
		importing->room = room;
	}
	importing->rows[importing->count] = *row;
	importing->lines[importing->count++] = line;
	return 0;
}

static int rows_read(struct importing *importing, struct err *err)
{
	struct csv_field fields[ARRAY_LENGTH(columns)];
	size_t count;
	int r;

	while ((r = next_record(importing, fields, &count, err)) > 0) {
		struct store_assessment row = { .contractor = importing->contractor,
						.standard = default_standard };
		if (count == 1 && text_trim(fields[0].value).length == 0)
			continue;
		if (count != importing->header_count)
			return fault(importing, &fields[0], err,
				     "the row has not as many fields as the first row");
		for (size_t i = 0; r >= 0 && i < count; i++)
			r = value_take(importing, &fields[i], importing->places[i], &row, err);
		if (r >= 0 && importing->contractor &&
		    strcmp(row.contractor, importing->contractor) != 0)
			r = fault(importing, &fields[0], err,
				  "the row is about another contractor than --contractor");
		if (r >= 0)
			r = row_keep(importing, &row, fields[0].line, err);
		if (r < 0)
			return r;
	}
	return r;
}

static int file_import(struct importing *importing, struct command_run *run, struct err *err)
{
	struct pg *pg;
	size_t bad = 0;
	int r = header_read(importing, err);

	if (r == 0)
		r = rows_read(importing, err);
	if (r == 0 && importing->count == 0)
		r = err_set(err, ERR_SYNTAX, "%s: there are no rows in it", importing->path);
	if (r == 0)
		r = command_store_person(run, &pg, NULL, err);
	if (r < 0)
		return r;
	r = store_assess(pg, importing->rows, importing->count, &bad, err);
	if (r < 0)
		return err_prefix(err, "%s:%u", importing->path, importing->lines[bad]);
	return command_say(run, err, "%zu assessment%s recorded.", importing->count,
			   importing->count == 1 ? " is" : "s are");
}

int command_assess_import(struct command_run *run, struct err *err)
{
	struct importing importing = {
		.path = command_argument(run, 0),
		.contractor = command_option(run, "contractor"),
		.arena = command_arena(run),
	};
	CLEAN(buffer) struct buffer content;
	int r;

	buffer_init(&content, FILE_LARGEST + 65536);
	r = file_read_all(importing.path, FILE_LARGEST, &content, err);
	if (r < 0)
		return r;
	csv_init(&importing.csv, buffer_text(&content), importing.arena);
	r = file_import(&importing, run, err);
	csv_done(&importing.csv);
	free(importing.rows);
	free(importing.lines);
	return r;
}

/* Listing --------------------------------------------------------------------------- */

static int row_show(void *report, const struct store_assessment *row, struct err *err)
{
	const struct report_value values[] = {
		report_string(row->contractor), report_string(row->standard),
		report_string(row->requirement), report_string(row->finding),
		report_moment(row->assessed),	 report_string(row->assessor),
		report_string(row->basis),	 report_moment(row->recorded),
		report_string(row->recorded_by),
	};

	return report_row(report, values, err);
}

int command_assess_list(struct command_run *run, struct err *err)
{
	CLEAN(report) struct report *report = command_report(run, &command_assess_table);
	int64_t as_of = command_now(run);
	struct pg *pg;
	int r = report ? command_option_moment(run, "as-of", &as_of, err) :
			 err_set(err, ERR_MEMORY, "out of memory");

	if (r >= 0)
		r = command_store(run, STORE_OFFICER, &pg, err);
	if (r == 0)
		r = store_assessments(pg, command_argument(run, 0),
				      command_option(run, "standard"), as_of, row_show, report,
				      err);
	if (r == 0)
		r = report_end(report, err);
	if (r == 0 && report_row_count(report) == 0)
		return err_set(err, ERR_NEGATIVE, "no assessment is recorded");
	return r;
}
