/*
 * Deeds: what people and machines do in the course of ordinary work, as data.
 * A deed is a text with placeholders; access.def, audit.def and messages.def
 * hold those of one format each. Notation:
 *
 *   `        a double quote
 *   $name    the value of a placeholder (placeholders.def); a semicolon
 *            right after the name ends it and is not written
 *   |        the rest of the line only in an enriched audit log, after 0x1D
 *   ~        ends a line; what a line begins with is its format's:
 *            ndjson  "ACTION OUTCOME name=text name:value", where a text with
 *                    blanks stands between two `, and a value is written as
 *                    it is: a number, true, false or null
 *            auditd  "TYPE fields" (all lines of a deed are one event)
 *            syslog  "PRIORITY TAG text", TAG with [] where it has a pid
 */
#ifndef EXERCISE_DEED_H
#define EXERCISE_DEED_H

#include "base/base.h"

enum format { FORMAT_NDJSON, FORMAT_AUDITD, FORMAT_SYSLOG, FORMAT_COUNT };

struct format_description {
	const char *name;   /* as muster calls it */
	const char *system; /* name of the system that writes it */
	int64_t resolution; /* of its times, in microseconds */
	uint32_t share;	    /* of all ordinary records, in hundredths */
};
const struct format_description *format_describe(enum format format);
bool format_from_name(struct text name, enum format *ret_format);
bool format_from_system(struct text system, enum format *ret_format);

/* Who does it. */
enum doer {
	DOER_STAFF,
	DOER_ADMIN,
	DOER_MACHINE, /* at any hour */
};

enum deed {
#define DEED(identifier, weight, doer, text, then) DEED_##identifier,
#define FILE_DEED(identifier, weight, text) DEED_##identifier,
#define DAILY_DEED(identifier, doer, text) DEED_##identifier,
#include "exercise/access.def"
#include "exercise/audit.def"
#include "exercise/messages.def"
#undef DEED
#undef FILE_DEED
#undef DAILY_DEED
	DEED_COUNT
};

struct deed_description {
	enum format format;
	enum doer doer;
	uint32_t weight;  /* how common, among those of its format */
	bool daily;	  /* done once a day, whatever the weight */
	bool about_file;  /* has all of ndjson's normalised members */
	const char *text;
	const char *then; /* what follows later in the day, or NULL */
};
const struct deed_description *deed_describe(enum deed deed);
/* A logon that failed: many of them are misconduct. */
bool deed_is_failed_logon(enum deed deed);
/* Records that text makes in that format: lines, but one for auditd. */
uint32_t deed_records(enum format format, struct text text);

#endif
