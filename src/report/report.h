/*
 * report: rows to text, csv and json, and the list of reports. Floor 3: no
 * I/O, no clock, no database. What is rendered goes to a sink.
 *
 * A table is a list of columns; rows are given one at a time and may be
 * without number: only the first of them are kept, to find the widths.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/base.h"

enum report_format {
	REPORT_AS_TEXT,
	REPORT_AS_CSV,
	REPORT_AS_JSON,
};
/* "text", "csv" or "json". */
bool report_format_from_name(struct text name, enum report_format *ret_format) MUST_CHECK;
const char *report_format_name(enum report_format format);

/*             text                     csv               json
 * TEXT        escaped                  quoted if needed  string
 * NUMBER      right                    digits            number
 * HUNDREDTHS  right, two decimals      the same          number with two decimals
 * MOMENT      2026-03-01T12:00:00Z     with fractions    string with fractions
 * DATE        2026-03-01 (value: any moment of that UTC day)
 * FLAG        yes, no                  true, false       true, false
 * LIST        texts, a space between   the same          array of strings
 * JSON        never shown              as it is          as it is
 * A value that is none: "-", empty, null.
 */
enum report_type {
	REPORT_TEXT,
	REPORT_NUMBER,
	REPORT_HUNDREDTHS,
	REPORT_MOMENT,
	REPORT_DATE,
	REPORT_FLAG,
	REPORT_LIST,
	REPORT_JSON,
};
const char *report_type_name(enum report_type type);

struct report_column {
	const char *key;        /* snake_case: JSON member, CSV header */
	const char *heading;    /* of text */
	enum report_type type;
	/* Text, when the width does not do: columns of the highest rank are
	 * left out first, those of rank 0 never; a column may be cut down to
	 * least characters, "~" marking the cut (0: it is never cut). */
	unsigned rank;
	unsigned least;
	const char *meaning;    /* for the manual page: half a sentence */
};

struct report_table {
	const struct report_column *columns;
	size_t count;
};

struct report_value {
	bool none;
	int64_t number;         /* NUMBER, HUNDREDTHS, MOMENT, DATE, FLAG */
	struct text text;       /* TEXT, JSON */
	const struct text *items; /* LIST */
	size_t count;
};

static inline struct report_value report_none(void)
{
	return (struct report_value){ .none = true };
}
static inline struct report_value report_text(struct text t)
{
	return (struct report_value){ .text = t, .none = !t.bytes };
}
/* NULL is none. */
static inline struct report_value report_string(const char *string)
{
	return report_text(text_of(string));
}
static inline struct report_value report_number(int64_t n)
{
	return (struct report_value){ .number = n };
}
/* MOMENT_NONE is none. */
static inline struct report_value report_moment(int64_t moment)
{
	return (struct report_value){ .number = moment, .none = moment == MOMENT_NONE };
}
static inline struct report_value report_flag(bool flag)
{
	return (struct report_value){ .number = flag };
}
static inline struct report_value report_list(const struct text *items, size_t count)
{
	return (struct report_value){ .items = items, .count = count };
}

/* Takes what was rendered, in pieces. Returns 0 or a negative error code. */
struct report_sink {
	int (*write)(void *context, struct text piece, struct err *err);
	void *context;
};

/*
 * width: of the lines of text, in characters; 0: no limit. The table must
 * outlive the report. With no rows text says nothing at all, csv only its
 * header. NULL when out of memory.
 */
struct report;
struct report *report_begin(const struct report_table *table, enum report_format format,
			    unsigned width, struct report_sink sink) MUST_CHECK;
/* values: one for each column, read before the call returns. */
int report_row(struct report *report, const struct report_value *values,
	       struct err *err) MUST_CHECK;
/* Write what was kept. In text, says which columns the width left out. */
int report_end(struct report *report, struct err *err) MUST_CHECK;
uint64_t report_row_count(const struct report *report);
void report_free(struct report *report);       /* NULL is allowed */
void report_clean(struct report **report);     /* for CLEAN(report) */

/* The list of reports -------------------------------------------------------- */

enum report_name {
#define REPORT(identifier, name, title, audience) REPORT_NAME_##identifier,
#define LIST(identifier, title) REPORT_NAME_##identifier,
#define COLUMN(table, key, heading, type, rank, least, meaning)
#define END(identifier)
#include "report/reports.def"
#undef REPORT
#undef LIST
#undef COLUMN
#undef END
	REPORT_NAME_COUNT
};

/* The place of each column in its table: column_queue_id ... */
#define REPORT(identifier, name, title, audience) enum column_of_##identifier {
#define LIST(identifier, title) enum column_of_##identifier {
#define COLUMN(table, key, heading, type, rank, least, meaning) column_##table##_##key,
#define END(identifier) columns_of_##identifier };
#include "report/reports.def"
#undef REPORT
#undef LIST
#undef COLUMN
#undef END

struct report_description {
	const char *name, *title;
	const char *audience;      /* "": the list of a command, no report */
	struct report_table table;
};
const struct report_description *report_describe(enum report_name name);
/* A report by its name; lists of commands are not found. */
bool report_find(struct text name, enum report_name *ret_name) MUST_CHECK;

/*
 * How often something was found, per 100,000 of what was looked at, in
 * hundredths, with its 95 % interval: Byar's approximation of the exact
 * Poisson interval (Breslow and Day, Statistical Methods in Cancer Research
 * II, 1987, formula 2.9). False where there is no rate: exposure 0, or a
 * count of 2^40 or more.
 */
struct report_rate {
	int64_t rate, low, high;
};
bool report_rate(uint64_t count, uint64_t exposure, struct report_rate *ret_rate) MUST_CHECK;

/* Texts on a terminal ---------------------------------------------------------- */

/*
 * How many columns of a terminal a text takes: 0 for combining characters,
 * 2 for the wide ones of East Asia and emoji, 1 for all others and for each
 * byte that is not UTF-8.
 */
size_t report_width(struct text t);
/* The longest head of t that takes at most width columns. */
struct text report_head(struct text t, size_t width);
/*
 * Text in lines of at most width characters, broken at spaces (a longer word
 * is broken where it must be); every line begins with indent spaces, the
 * first only where first_indented. t is trusted or escaped already. Ends
 * with a line end.
 */
void report_wrap(struct buffer *out, struct text t, unsigned width, unsigned indent,
		 bool first_indented);

#endif
