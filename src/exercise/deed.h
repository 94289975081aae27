/*
 * Deeds: everything that people and machines do in the exercise, as data.
 * A deed is a text with placeholders; access.def, audit.def and
 * messages.def hold those of one format each. Notation:
 *
 *   `        a double quote
 *   $name    the value of a placeholder (placeholders.def); a semicolon
 *            right after the name ends it and is not written
 *   |        the rest of the line only in an enriched audit log, after 0x1D
 *   newline  ends a line; what a line begins with is its format's:
 *            ndjson  "ACTION OUTCOME members"
 *            auditd  "TYPE fields" (all lines of a deed are one event)
 *            syslog  "PRIORITY TAG text", TAG with [] where it has a pid
 */
#ifndef EXERCISE_DEED_H
#define EXERCISE_DEED_H

#include "base/base.h"

enum rule {
	RULE_NONE = 0,
#define RULE(identifier, name) RULE_##identifier,
#include "exercise/rules.def"
#undef RULE
	RULE_COUNT
};
const char *rule_name(enum rule rule);
/* It is about many records, grouped by a field. */
bool rule_is_over_many(enum rule rule);

enum format { FORMAT_NDJSON, FORMAT_AUDITD, FORMAT_SYSLOG, FORMAT_COUNT };

struct format_description {
	const char *name;   /* as muster calls it */
	const char *system; /* name of the system that writes it */
	int64_t resolution; /* of its times, in microseconds */
	uint32_t share;	    /* of all ordinary records, in hundredths */
};
const struct format_description *format_describe(enum format format);
bool format_from_name(struct text name, enum format *ret_format);

/* Who does it. */
enum doer {
	DOER_STAFF,
	DOER_ADMIN,
	DOER_MACHINE, /* at any hour */
};

/* Whom a violation names. */
enum subject {
	SUBJECT_ACTOR,
	SUBJECT_ROOT,
	SUBJECT_GENERIC,
};

enum deed {
#define DEED(identifier, weight, doer, text, then) DEED_##identifier,
#define FILE_DEED(identifier, weight, text) DEED_##identifier,
#define MISDEED(identifier, doer, subject, rule, other_rule, text) DEED_##identifier,
#define CAMPAIGN(identifier, times, more, gap, longer, group, rule, other_rule, text)        \
	DEED_##identifier,
#include "exercise/access.def"
#include "exercise/audit.def"
#include "exercise/messages.def"
#undef DEED
#undef FILE_DEED
#undef MISDEED
#undef CAMPAIGN
	DEED_COUNT
};

struct deed_description {
	enum format format;
	enum doer doer;
	enum subject subject;
	enum rule rules[2]; /* fired; both NONE for ordinary work */
	uint32_t weight;    /* how common, among the ordinary of its format */
	bool about_file;    /* has all of ndjson's normalised members */
	const char *text;
	/* What only many records show: how many, and the seconds between them. */
	bool campaign;
	uint32_t times, times_more;
	uint32_t gap, gap_more;
	const char *group; /* field and value, as text */
	const char *then; /* what follows later in the day, or NULL */
};
const struct deed_description *deed_describe(enum deed deed);
/* A logon that failed; many of them are misconduct. */
bool deed_is_failed_logon(enum deed deed);
/* Records that text makes in that format: lines, but one for auditd. */
uint32_t deed_records(enum format format, const char *text);

#endif
