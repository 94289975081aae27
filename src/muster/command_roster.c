/* muster roster: reference data, checked, imported and listed. */
#include "muster/command.h"
#include "muster/daemon_process.h"
#include "muster/replaying.h"
#include "muster/roster_file.h"

#include <stdlib.h>

const struct command_option command_roster_import_options[] = {
	{ "contractor", 'c', "CODE", 0,
	  "whose roster it is; without it, the files have a column contractor" },
	COMMAND_OPTIONS_END
};
const struct command_option command_roster_check_options[] = { COMMAND_OPTIONS_END };
const struct command_option command_roster_list_options[] = {
	{ "contractor", 'c', "CODE", 0, "only the rows of this contractor" },
	{ "at", 0, "TIME", 0, "only the rows that hold at TIME" },
	COMMAND_OPTIONS_END
};

/* Checking -------------------------------------------------------------------------- */

static const struct report_column check_columns[] = {
	{ "file", "FILE", REPORT_TEXT, 0, 12, "the file, as it was named" },
	{ "line", "LINE", REPORT_NUMBER, 0, 0, "line of the fault; none where the file is right" },
	{ "column", "COLUMN", REPORT_NUMBER, 0, 0, "byte of that line at which the field begins" },
	{ "status", "STATUS", REPORT_TEXT, 0, 0, "ok or refused" },
	{ "rows", "ROWS", REPORT_NUMBER, 1, 0, "rows that are right, where the file is" },
	{ "reason", "REASON", REPORT_TEXT, 0, 20, "what is wrong" },
};
const struct report_table command_roster_check_table = { check_columns,
							 ARRAY_LENGTH(check_columns) };

static int fault_show(void *context, const char *path, const struct roster_fault *fault,
		      struct err *err)
{
	const struct report_value values[] = {
		report_string(path),
		fault->line ? report_number(fault->line) : report_none(),
		fault->column ? report_number(fault->column) : report_none(),
		report_string("refused"),
		report_none(),
		report_string(fault->reason),
	};

	return report_row(context, values, err);
}

static int file_check(struct report *report, const char *path, size_t *faults, struct err *err)
{
	struct roster_file file;
	int r = roster_file_read(path, &file, fault_show, report, err);

	*faults += file.faults;
	if (r == 0 && file.faults == 0) {
		const struct report_value values[] = {
			report_string(path),  report_none(),
			report_none(),        report_string("ok"),
			report_number((int64_t)file.row_count), report_none(),
		};
		r = report_row(report, values, err);
	}
	roster_file_done(&file);
	return r;
}

int command_roster_check(struct command_run *run, struct err *err)
{
	CLEAN(report) struct report *report = command_report(run, &command_roster_check_table);
	size_t faults = 0;
	int r = report ? 0 : err_set(err, ERR_MEMORY, "out of memory");

	for (size_t i = 0; r == 0 && i < command_arguments(run); i++)
		r = file_check(report, command_argument(run, i), &faults, err);
	if (r == 0)
		r = report_end(report, err);
	if (r == 0 && faults)
		r = err_set(err, ERR_NEGATIVE, "%zu fault%s", faults, faults == 1 ? "" : "s");
	return r;
}

/* Importing -------------------------------------------------------------------------- */

static const struct report_column import_columns[] = {
	{ "file", "FILE", REPORT_TEXT, 0, 12, "the file, as it was named" },
	{ "contractor", "CODE", REPORT_TEXT, 0, 0, "whose roster it went into" },
	{ "kind", "KIND", REPORT_TEXT, 0, 0, "what it holds" },
	{ "rows", "ROWS", REPORT_NUMBER, 0, 0, "its rows for that contractor" },
	{ "added", "ADDED", REPORT_NUMBER, 0, 0, "rows that were not there" },
	{ "changed", "CHANGED", REPORT_NUMBER, 0, 0, "rows that took the place of earlier ones" },
	{ "version", "VERSION", REPORT_NUMBER, 0, 0,
	  "version of the contractor's roster from here on; none where nothing changed" },
};
const struct report_table command_roster_import_table = { import_columns,
							  ARRAY_LENGTH(import_columns) };

struct importing {
	struct command_run *run;
	struct roster_file *files;
	size_t file_count;
	struct store_roster_import *imports;
	size_t import_count, import_room;
	char first[600];               /* the first fault of all files */
	size_t faults;
};

static int fault_note(void *context, const char *path, const struct roster_fault *fault,
		      struct err *err UNUSED)
{
	struct importing *importing = context;

	if (importing->faults++ == 0)
		snprintf(importing->first, sizeof(importing->first), "%s:%u:%u: %s", path,
			 fault->line, fault->column, fault->reason);
	return 0;
}

static int by_contractor(const void *a, const void *b)
{
	const struct roster_row *x = a, *y = b;
	int order = text_compare(x->contractor, y->contractor);

	return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int import_add(struct importing *importing, const struct roster_file *file,
		      const struct roster_row *rows, size_t count, struct err *err)
{
	if (importing->import_count == importing->import_room) {
		size_t room = importing->import_room ? 2 * importing->import_room : 16;
		struct store_roster_import *more =
			reallocarray(importing->imports, room, sizeof(*more));
		if (!more)
			return err_set(err, ERR_MEMORY, "out of memory");
		importing->imports = more;
		importing->import_room = room;
	}
	importing->imports[importing->import_count++] = (struct store_roster_import){
		.contractor = rows->contractor.bytes,
		.kind = file->kind,
		.file = file->path,
		.content = buffer_text(&file->content),
		.rows = rows,
		.row_count = count,
	};
	return 0;
}

/* Whose rows they are: what --contractor says, else what each row says. */
static int rows_assign(struct importing *importing, struct roster_file *file, struct err *err)
{
	struct text code = text_of(command_option(importing->run, "contractor"));

	for (size_t i = 0; i < file->row_count; i++) {
		struct roster_row *row = &file->rows[i];
		if (!row->contractor.length)
			row->contractor = code;
		if (!row->contractor.length)
			return err_set(err, ERR_USAGE,
				       "%s:%u: whose row is it? Give --contractor CODE, or a column contractor",
				       file->path, row->line);
		if (code.length && !text_equal(row->contractor, code))
			return err_set(err, ERR_SYNTAX, "%s:%u: the row is of %.*s, not of %s",
				       file->path, row->line, TEXT_PRINT(row->contractor),
				       code.bytes);
	}
	return 0;
}

static int file_divide(struct importing *importing, struct roster_file *file, struct err *err)
{
	int r = rows_assign(importing, file, err);

	if (file->row_count)
		qsort(file->rows, file->row_count, sizeof(*file->rows), by_contractor);
	for (size_t from = 0, to; r == 0 && from < file->row_count; from = to) {
		for (to = from + 1; to < file->row_count; to++)
			if (!text_equal(file->rows[from].contractor, file->rows[to].contractor))
				break;
		r = import_add(importing, file, &file->rows[from], to - from, err);
	}
	return r;
}

/* Every file is read before anything is changed. */
static int files_read(struct importing *importing, struct err *err)
{
	size_t count = command_arguments(importing->run);
	int r = 0;

	importing->files = calloc(count, sizeof(*importing->files));
	if (!importing->files)
		return err_set(err, ERR_MEMORY, "out of memory");
	for (size_t i = 0; r == 0 && i < count; i++) {
		importing->file_count++;
		r = roster_file_read(command_argument(importing->run, i), &importing->files[i],
				     fault_note, importing, err);
	}
	if (r == 0 && importing->faults > 1)
		return err_set(err, ERR_SYNTAX,
			       "%s (and %zu more: see muster roster check); nothing is imported",
			       importing->first, importing->faults - 1);
	if (r == 0 && importing->faults)
		return err_set(err, ERR_SYNTAX, "%s; nothing is imported", importing->first);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = file_divide(importing, &importing->files[i], err);
	return r;
}

static int imports_show(struct importing *importing, struct err *err)
{
	CLEAN(report) struct report *report =
		command_report(importing->run, &command_roster_import_table);
	int r = report ? 0 : err_set(err, ERR_MEMORY, "out of memory");

	for (size_t i = 0; r == 0 && i < importing->import_count; i++) {
		const struct store_roster_import *import = &importing->imports[i];
		const struct report_value values[] = {
			report_string(import->file),
			report_string(import->contractor),
			report_string(roster_kind_describe(import->kind)->name),
			report_number((int64_t)import->row_count),
			report_number(import->added),
			report_number(import->changed),
			import->version ? report_number(import->version) : report_none(),
		};
		r = report_row(report, values, err);
	}
	return r < 0 ? r : report_end(report, err);
}

static void importing_done(struct importing *importing)
{
	for (size_t i = 0; i < importing->file_count; i++)
		roster_file_done(&importing->files[i]);
	free(importing->files);
	free(importing->imports);
}

static bool is_first_of_contractor(const struct importing *importing, size_t import)
{
	for (size_t i = 0; i < import; i++)
		if (strcmp(importing->imports[i].contractor,
			   importing->imports[import].contractor) == 0)
			return false;
	return true;
}

static int judge_contractor(struct command_run *run, struct replaying **replaying,
			    const char *contractor, struct err *err)
{
	const struct replaying_asked asked = { .contractor = contractor,
					       .since = MOMENT_NONE,
					       .until = MOMENT_NONE,
					       .late = true,
					       .apply = true };
	struct replaying_totals totals;
	int r = *replaying ? 0 : replaying_new(run, NULL, 0, replaying, err);

	if (r == 0)
		r = replaying_do(*replaying, &asked, &totals, err);
	if (r < 0 || totals.batches == 0)
		return r;
	return command_say(run, err,
			   "%s: %lld record%s read again, for some of which this came late: %lld violation%s changed.",
			   contractor, (long long)totals.records, totals.records == 1 ? "" : "s",
			   (long long)totals.changes, totals.changes == 1 ? "" : "s");
}

/* Records that were judged without what these files say. */
static int judge_late(struct importing *importing, struct pg *pg, struct err *err)
{
	CLEAN(replaying) struct replaying *replaying = NULL;
	bool *late = calloc(importing->import_count + 1, sizeof(*late));
	int r = late ? 0 : err_set(err, ERR_MEMORY, "out of memory");

	for (size_t i = 0; r == 0 && i < importing->import_count; i++)
		if (is_first_of_contractor(importing, i))
			r = store_replay_is_late(pg, importing->imports[i].contractor, &late[i], err);
	/* From here on the connection is another one. */
	for (size_t i = 0; r == 0 && i < importing->import_count; i++)
		if (late[i])
			r = judge_contractor(importing->run, &replaying,
					     importing->imports[i].contractor, err);
	free(late);
	return r < 0 ? err_prefix(err, "the import is done, but records that it came late for are not judged again (muster replay --late --apply does it)") : 0;
}

static int import_all(struct importing *importing, struct err *err)
{
	struct command_run *run = importing->run;
	const struct config *config;
	struct pg *pg;
	int r = files_read(importing, err);

	if (r == 0)
		r = command_store(run, STORE_OWNER, &pg, err);
	if (r == 0)
		r = command_config(run, &config, err);
	if (r == 0)
		r = store_roster_import(pg, importing->imports, importing->import_count,
					command_person(run), err);
	if (r < 0)
		return r;
	daemon_refresh(config->instance_directory);
	r = imports_show(importing, err);
	return r < 0 ? r : judge_late(importing, pg, err);
}

int command_roster_import(struct command_run *run, struct err *err)
{
	struct importing importing = { .run = run };
	int r = import_all(&importing, err);

	importing_done(&importing);
	return r;
}

/* Listing ---------------------------------------------------------------------------- */

struct listing {
	struct report *report;
	size_t column_count;
	int64_t at;                    /* MOMENT_NONE: whatever their validity */
};

/* contractor, the kind's own columns, validity and version. */
#define AROUND 4
static struct report_table table_of(const struct roster_kind_description *kind,
				    struct report_column columns[ROSTER_COLUMNS_MOST + AROUND])
{
	size_t n = kind->column_count;

	columns[0] = (struct report_column){ "contractor", "CODE", REPORT_TEXT, 0, 0, "" };
	for (size_t i = 0; i < n; i++) {
		const struct roster_column *column = &kind->columns[i];
		bool key = column->presence == ROSTER_KEY;
		columns[i + 1] = (struct report_column){
			column->name, column->name, REPORT_TEXT, key ? 0 : (unsigned)i + 1, 8,
			column->meaning,
		};
	}
	columns[n + 1] =
		(struct report_column){ "valid_from", "FROM", REPORT_MOMENT, 0, 0, "" };
	columns[n + 2] =
		(struct report_column){ "valid_until", "UNTIL", REPORT_MOMENT, 0, 0, "" };
	columns[n + 3] =
		(struct report_column){ "version", "VERSION", REPORT_NUMBER, 20, 0, "" };
	return (struct report_table){ columns, n + AROUND };
}

static int row_show(void *context, const struct store_roster_row *row, struct err *err)
{
	const struct listing *listing = context;
	struct report_value values[ROSTER_COLUMNS_MOST + AROUND];
	size_t n = listing->column_count;

	if (listing->at != MOMENT_NONE &&
	    (listing->at < row->valid_from ||
	     (row->valid_until != MOMENT_NONE && listing->at >= row->valid_until)))
		return 0;
	values[0] = report_string(row->contractor);
	for (size_t i = 0; i < n; i++)
		values[i + 1] = row->fields[i].length ? report_text(row->fields[i]) :
							report_none();
	values[n + 1] = report_moment(row->valid_from);
	values[n + 2] = report_moment(row->valid_until);
	values[n + 3] = report_number(row->version);
	return report_row(listing->report, values, err);
}

int command_roster_list(struct command_run *run, struct err *err)
{
	struct report_column columns[ROSTER_COLUMNS_MOST + AROUND];
	struct listing listing = { .at = MOMENT_NONE };
	const char *name = command_argument(run, 0);
	enum roster_kind kind;
	struct pg *pg;
	int r;

	if (!roster_kind_from_name(text_of(name), &kind))
		return err_set(err, ERR_USAGE, "\"%s\" is no kind of the roster; see muster-roster(5)",
			       name);
	struct report_table table = table_of(roster_kind_describe(kind), columns);
	listing.column_count = roster_kind_describe(kind)->column_count;
	if ((r = command_option_moment(run, "at", &listing.at, err)) < 0 ||
	    (r = command_store(run, STORE_OFFICER, &pg, err)) < 0)
		return r;
	CLEAN(report) struct report *report = command_report(run, &table);
	if (!report)
		return err_set(err, ERR_MEMORY, "out of memory");
	listing.report = report;
	if (command_option(run, "contractor") &&
	    (r = store_contractor_check(pg, command_option(run, "contractor"), err)) < 0)
		return r;
	r = store_roster_rows(pg, command_option(run, "contractor"), kind, row_show, &listing, err);
	if (r == 0)
		r = report_end(report, err);
	if (r == 0 && report_row_count(report) == 0)
		return err_set(err, ERR_NEGATIVE, "the roster has no %s", name);
	return r;
}
