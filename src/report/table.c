/* Rows rendered as text, csv and json. */
#include "report/report.h"

#include <inttypes.h>

/* Rows of text kept to find the widths, and bytes of them. */
#define KEPT_ROWS 1000
#define KEPT_BYTES (1024 * 1024)
#define CELL_BYTES 4000      /* of one value in text */
#define ROW_BYTES (16 * 1024 * 1024)

struct cell {
	size_t begin, length, width;
};

struct report {
	const struct report_table *table;
	enum report_format format;
	unsigned width;
	struct report_sink sink;
	uint64_t rows;
	struct buffer line;  /* what is being rendered */
	struct buffer kept;  /* the bytes of the cells kept */
	struct cell *cells;  /* rows_kept times table->count */
	size_t rows_kept;
	bool laid_out;
	size_t *widths;      /* one a column; 0: left out */
};

static const char *const format_names[] = { "text", "csv", "json" };

const char *report_format_name(enum report_format format)
{
	return format_names[format];
}

bool report_format_from_name(struct text name, enum report_format *ret_format)
{
	for (size_t i = 0; i < ARRAY_LENGTH(format_names); i++)
		if (text_equal(name, text_of(format_names[i]))) {
			*ret_format = (enum report_format)i;
			return true;
		}
	return false;
}

const char *report_type_name(enum report_type type)
{
	static const char *const names[] = { "text", "number", "decimal", "moment",
					     "date", "flag",   "list",	  "json" };

	return names[type];
}

struct report *report_begin(const struct report_table *table, enum report_format format,
			    unsigned width, struct report_sink sink)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return NULL;
	report->table = table;
	report->format = format;
	report->width = width;
	report->sink = sink;
	buffer_init(&report->line, ROW_BYTES);
	buffer_init(&report->kept, KEPT_BYTES + table->count * (CELL_BYTES + 16));
	report->widths = calloc(table->count, sizeof(*report->widths));
	report->cells = calloc(table->count * KEPT_ROWS, sizeof(*report->cells));
	if (!report->widths || !report->cells) {
		report_free(report);
		return NULL;
	}
	return report;
}

void report_free(struct report *report)
{
	if (!report)
		return;
	buffer_done(&report->line);
	buffer_done(&report->kept);
	free(report->cells);
	free(report->widths);
	free(report);
}

void report_clean(struct report **report)
{
	report_free(*report);
}

uint64_t report_row_count(const struct report *report)
{
	return report->rows;
}

static int write_line(struct report *report, struct err *err)
{
	if (report->line.failed)
		return err_set(err, ERR_LIMIT, "a row of the report is larger than %d bytes",
			       ROW_BYTES);
	int r = report->line.length ?
			report->sink.write(report->sink.context, buffer_text(&report->line), err) :
			0;
	buffer_reset(&report->line);
	return r;
}

static void add_hundredths(struct buffer *out, int64_t n)
{
	uint64_t size = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	buffer_add_format(out, "%s%" PRIu64 ".%02" PRIu64, n < 0 ? "-" : "", size / 100,
			  size % 100);
}

static void add_moment(struct buffer *out, int64_t moment, enum report_type type)
{
	char text[CALENDAR_TEXT];

	calendar_to_rfc3339(moment, text);
	/* A year beyond 9999 is longer: the date ends at the T. */
	struct text t = text_of(text);
	buffer_add_text(out, type == REPORT_DATE ? text_head(t, text_find_byte(t, 'T')) : t);
}

/* What is the same in all formats. False for what is not. */
static bool add_plain(struct buffer *out, enum report_type type,
		      const struct report_value *value)
{
	switch (type) {
	case REPORT_NUMBER:
		buffer_add_format(out, "%" PRId64, value->number);
		return true;
	case REPORT_HUNDREDTHS:
		add_hundredths(out, value->number);
		return true;
	case REPORT_MOMENT:
	case REPORT_DATE:
		add_moment(out, value->number, type);
		return true;
	default:
		return false;
	}
}

/* Text ---------------------------------------------------------------------- */

static bool aligned_right(enum report_type type)
{
	return type == REPORT_NUMBER || type == REPORT_HUNDREDTHS;
}

/* The second that a moment is in; years may be before 1970. */
static int64_t second_of(int64_t moment)
{
	int64_t rest = moment % MICROSECONDS;

	return moment - (rest < 0 ? rest + MICROSECONDS : rest);
}

static void add_text_value(struct buffer *out, enum report_type type,
			   const struct report_value *value)
{
	if (value->none)
		buffer_add_byte(out, '-');
	else if (type == REPORT_FLAG)
		buffer_add_string(out, value->number ? "yes" : "no");
	else if (type == REPORT_MOMENT)
		add_moment(out, second_of(value->number), type);
	else if (type == REPORT_TEXT)
		buffer_add_escaped(out, value->text, CELL_BYTES);
	else if (type == REPORT_LIST)
		for (size_t i = 0, begin = out->length;
		     i < value->count && out->length - begin < CELL_BYTES; i++) {
			if (i)
				buffer_add_byte(out, ' ');
			buffer_add_escaped(out, value->items[i], 200);
		}
	else
		add_plain(out, type, value);
}

static void pad(struct buffer *out, size_t count)
{
	static const char spaces[] = "                                                                ";

	for (size_t step; count; count -= step) {
		step = count < sizeof(spaces) - 1 ? count : sizeof(spaces) - 1;
		buffer_add(out, spaces, step);
	}
}

/* Nothing follows the last column shown, not even spaces. */
static void add_cell(const struct report *report, struct buffer *out, size_t column,
		     struct text t, bool last)
{
	size_t room = report->widths[column], wide = report_width(t);
	bool right = aligned_right(report->table->columns[column].type);

	if (wide > room && report->table->columns[column].least) {
		t = report_head(t, room - 1);
		wide = report_width(t) + 1;
		buffer_add_text(out, t);
		buffer_add_byte(out, '~');
		right = false;
	} else {
		if (right && wide < room)
			pad(out, room - wide);
		buffer_add_text(out, t);
	}
	if (!last && !right && wide < room)
		pad(out, room - wide);
	buffer_add_string(out, last ? "\n" : "  ");
}

static size_t last_shown(const struct report *report)
{
	size_t last = 0;

	for (size_t i = 0; i < report->table->count; i++)
		if (report->widths[i])
			last = i;
	return last;
}

static int write_cells(struct report *report, const struct cell *cells, const char *bytes,
		       struct err *err)
{
	size_t last = last_shown(report);

	for (size_t i = 0; i <= last; i++)
		if (report->widths[i])
			add_cell(report, &report->line, i,
				 (struct text){ bytes + cells[i].begin, cells[i].length },
				 i == last);
	return write_line(report, err);
}

static size_t narrowest(const struct report_column *column, size_t natural)
{
	return column->least && column->least < natural ? column->least : natural;
}

/* Leave out the columns of the highest rank until the narrowest form of the
 * others fits. */
static void leave_out(const struct report_table *table, size_t *widths, size_t width)
{
	for (;;) {
		size_t need = 0;
		unsigned rank = 0;
		for (size_t i = 0; i < table->count; i++) {
			if (!widths[i])
				continue;
			need += narrowest(&table->columns[i], widths[i]) + (need ? 2 : 0);
			if (table->columns[i].rank > rank)
				rank = table->columns[i].rank;
		}
		if (need <= width || rank == 0)
			return;
		for (size_t i = 0; i < table->count; i++)
			if (table->columns[i].rank == rank)
				widths[i] = 0;
	}
}

/* Take from the widest column that may be cut, one character at a time. */
static void narrow(const struct report_table *table, size_t *widths, size_t width)
{
	size_t need = 0;

	for (size_t i = 0; i < table->count; i++)
		if (widths[i])
			need += widths[i] + (need ? 2 : 0);
	for (; need > width; need--) {
		size_t widest = table->count;
		for (size_t i = 0; i < table->count; i++)
			if (widths[i] > narrowest(&table->columns[i], widths[i]) &&
			    (widest == table->count || widths[i] > widths[widest]))
				widest = i;
		if (widest == table->count)
			return;
		widths[widest]--;
	}
}

static int lay_out(struct report *report, struct err *err)
{
	const struct report_table *table = report->table;
	size_t last;

	report->laid_out = true;
	for (size_t i = 0; i < table->count; i++) {
		if (table->columns[i].type == REPORT_JSON)
			continue;
		report->widths[i] = report_width(text_of(table->columns[i].heading));
		for (size_t row = 0; row < report->rows_kept; row++)
			if (report->cells[row * table->count + i].width > report->widths[i])
				report->widths[i] = report->cells[row * table->count + i].width;
	}
	if (report->width) {
		leave_out(table, report->widths, report->width);
		narrow(table, report->widths, report->width);
	}
	last = last_shown(report);
	for (size_t i = 0; i <= last; i++)
		if (report->widths[i])
			add_cell(report, &report->line, i, text_of(table->columns[i].heading),
				 i == last);
	int r = write_line(report, err);
	for (size_t row = 0; row < report->rows_kept && r == 0; row++)
		r = write_cells(report, report->cells + row * table->count, report->kept.data,
				err);
	report->rows_kept = 0;
	buffer_reset(&report->kept);
	return r;
}

static int text_row(struct report *report, const struct report_value *values,
		    struct err *err)
{
	size_t count = report->table->count;
	struct cell *cells = report->cells + report->rows_kept * count;
	struct buffer *kept = &report->kept;

	if (report->laid_out)
		buffer_reset(kept);
	for (size_t i = 0; i < count; i++) {
		cells[i].begin = kept->length;
		add_text_value(kept, report->table->columns[i].type, &values[i]);
		cells[i].length = kept->length - cells[i].begin;
		cells[i].width = report_width(
			(struct text){ kept->data + cells[i].begin, cells[i].length });
	}
	if (kept->failed)
		return err_set(err, ERR_MEMORY, "out of memory for a report");
	if (report->laid_out)
		return write_cells(report, cells, kept->data, err);
	report->rows_kept++;
	if (report->rows_kept == KEPT_ROWS || kept->length > KEPT_BYTES)
		return lay_out(report, err);
	return 0;
}

static int name_left_out(struct report *report, struct err *err)
{
	CLEAN(buffer) struct buffer names;

	buffer_init(&names, 10000);
	for (size_t i = 0; i < report->table->count; i++)
		if (!report->widths[i] && report->table->columns[i].type != REPORT_JSON)
			buffer_add_format(&names, "%s%s", names.length ? ", " : "(not shown: ",
					  report->table->columns[i].key);
	if (!names.length)
		return 0;
	buffer_add_byte(&names, ')');
	report_wrap(&report->line, buffer_text(&names), report->width, 1, false);
	return write_line(report, err);
}

/* CSV (RFC 4180) -------------------------------------------------------------- */

/* Control characters but TAB, CR and LF, which a spreadsheet never needs. */
static bool is_forbidden(unsigned char c)
{
	return (c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f;
}

/*
 * A value that a spreadsheet would take for a formula gets an apostrophe
 * before it; so does one that begins with an apostrophe before such a
 * character, so that a reader who takes one off always gets the value back.
 */
static bool is_formula(struct text t)
{
	while (t.length && t.bytes[0] == '\'')
		t = text_skip(t, 1);
	return t.length && strchr("=+-@\t\r", t.bytes[0]) && t.bytes[0];
}

static void add_csv_text(struct buffer *out, struct text t)
{
	bool formula = is_formula(t), quoted = formula;

	for (size_t i = 0; i < t.length && !quoted; i++)
		quoted = t.bytes[i] == '"' || t.bytes[i] == ',' || t.bytes[i] == '\r' ||
			 t.bytes[i] == '\n';
	if (quoted)
		buffer_add_byte(out, '"');
	if (formula)
		buffer_add_byte(out, '\'');
	for (size_t at = 0, valid = 0; at < t.length; at++) {
		if (at >= valid)
			valid = at + text_utf8_valid(text_skip(t, at));
		if (at >= valid || is_forbidden((unsigned char)t.bytes[at]))
			buffer_add_string(out, "\xef\xbf\xbd");
		else if (t.bytes[at] == '"')
			buffer_add_string(out, "\"\"");
		else
			buffer_add_byte(out, t.bytes[at]);
	}
	if (quoted)
		buffer_add_byte(out, '"');
}

static void add_csv_list(struct buffer *out, const struct report_value *value)
{
	CLEAN(buffer) struct buffer joined;

	buffer_init(&joined, ROW_BYTES);
	for (size_t i = 0; i < value->count; i++) {
		if (i)
			buffer_add_byte(&joined, ' ');
		buffer_add_text(&joined, value->items[i]);
	}
	add_csv_text(out, buffer_text(&joined));
}

static void add_csv_value(struct buffer *out, enum report_type type,
			  const struct report_value *value)
{
	if (value->none || add_plain(out, type, value))
		return;
	if (type == REPORT_FLAG)
		buffer_add_string(out, value->number ? "true" : "false");
	else if (type == REPORT_LIST)
		add_csv_list(out, value);
	else
		add_csv_text(out, value->text);
}

static int csv_header(struct report *report, struct err *err)
{
	for (size_t i = 0; i < report->table->count; i++)
		buffer_add_format(&report->line, "%s%s", i ? "," : "",
				  report->table->columns[i].key);
	buffer_add_string(&report->line, "\r\n");
	return write_line(report, err);
}

static int csv_row(struct report *report, const struct report_value *values, struct err *err)
{
	for (size_t i = 0; i < report->table->count; i++) {
		if (i)
			buffer_add_byte(&report->line, ',');
		add_csv_value(&report->line, report->table->columns[i].type, &values[i]);
	}
	buffer_add_string(&report->line, "\r\n");
	return write_line(report, err);
}

/* JSON, one object a line ------------------------------------------------------ */

static void add_json_value(struct json *json, const struct report_column *column,
			   const struct report_value *value)
{
	CLEAN(buffer) struct buffer plain;

	buffer_init(&plain, 100);
	if (value->none) {
		json_null(json, column->key);
		return;
	}
	switch (column->type) {
	case REPORT_TEXT:
		json_text(json, column->key, value->text);
		break;
	case REPORT_JSON:
		json_raw(json, column->key, value->text);
		break;
	case REPORT_FLAG:
		json_bool(json, column->key, value->number != 0);
		break;
	case REPORT_LIST:
		json_begin_array(json, column->key);
		for (size_t i = 0; i < value->count; i++)
			json_text(json, NULL, value->items[i]);
		json_end_array(json);
		break;
	case REPORT_MOMENT:
	case REPORT_DATE:
		add_plain(&plain, column->type, value);
		json_text(json, column->key, buffer_text(&plain));
		break;
	case REPORT_NUMBER:
	case REPORT_HUNDREDTHS:
		add_plain(&plain, column->type, value);
		json_raw(json, column->key, buffer_text(&plain));
		break;
	}
}

static int json_row(struct report *report, const struct report_value *values,
		    struct err *err)
{
	struct json json = json_to(&report->line);

	json_begin_object(&json, NULL);
	for (size_t i = 0; i < report->table->count; i++)
		add_json_value(&json, &report->table->columns[i], &values[i]);
	json_end_object(&json);
	buffer_add_byte(&report->line, '\n');
	return write_line(report, err);
}

/* ------------------------------------------------------------------------------ */

int report_row(struct report *report, const struct report_value *values, struct err *err)
{
	if (report->rows == 0 && report->format == REPORT_AS_CSV) {
		int r = csv_header(report, err);
		if (r < 0)
			return r;
	}
	report->rows++;
	switch (report->format) {
	case REPORT_AS_CSV:
		return csv_row(report, values, err);
	case REPORT_AS_JSON:
		return json_row(report, values, err);
	case REPORT_AS_TEXT:
		break;
	}
	return text_row(report, values, err);
}

int report_end(struct report *report, struct err *err)
{
	int r = 0;

	if (report->rows == 0)
		return report->format == REPORT_AS_CSV ? csv_header(report, err) : 0;
	if (report->format != REPORT_AS_TEXT)
		return 0;
	if (!report->laid_out)
		r = lay_out(report, err);
	return r < 0 ? r : name_left_out(report, err);
}
