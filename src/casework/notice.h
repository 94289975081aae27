/*
 * The notice that a contractor gets of a violation, as text for people and
 * as JSON for programs. It tells what the contractor needs to answer:
 * what is said to have happened, by which rule, where the lines stand in its
 * own logs, by when and how to answer; never who else is looked at, and no
 * contents of any log.
 */
#ifndef CASEWORK_NOTICE_H
#define CASEWORK_NOTICE_H

#include "base/base.h"

struct casework_notice_line {
	const char *delivery;      /* name of the file that was delivered */
	const char *sha256;        /* of that file, 64 hex digits */
	int64_t line, offset;      /* in the uncompressed log */
	int64_t time;              /* moment */
};

struct casework_notice_requirement {
	const char *id, *citation, *title;
};

struct casework_notice {
	const char *violation;     /* "V-2026-000001" */
	const char *contractor, *contractor_name;
	const char *standard, *standard_digest;
	const char *rule, *rule_title, *rule_says;
	const char *severity;
	const char *subject_kind, *subject;
	int64_t count;             /* events */
	int64_t first, last;       /* moments */
	int64_t sent, due;         /* moments */
	const struct casework_notice_requirement *requirements;
	size_t requirement_count;
	const struct casework_notice_line *lines;      /* the first of them */
	size_t line_count;
};

/* Append the notice as text, wrapped to 78 columns; what is from outside is escaped. */
void casework_notice_text(const struct casework_notice *notice, struct buffer *out);
/* Append it as one JSON object and a line feed. */
void casework_notice_json(const struct casework_notice *notice, struct buffer *out);

/*
 * A request for evidence: what it is about, of which due is not looked at, and
 * asked: what is asked for, in the office's words.
 */
void casework_request_text(const struct casework_notice *notice, const char *asked,
			   struct buffer *out);
void casework_request_json(const struct casework_notice *notice, const char *asked,
			   struct buffer *out);

/* A decision that the contractor learns of, and what it may do now. */
struct casework_decision {
	const char *violation, *contractor, *contractor_name;
	const char *rule, *rule_title;
	const char *action;        /* "sustain", "unsubstantiate", "sanction", … */
	const char *reason, *reason_meaning;       /* or NULL */
	const char *sanction;      /* title of the step, or NULL */
	const char *state;         /* where the case is since */
	int64_t at, sent;          /* moments */
	int64_t due;               /* of the clock that runs since, or MOMENT_NONE */
};
void casework_decision_text(const struct casework_decision *decision, struct buffer *out);
void casework_decision_json(const struct casework_decision *decision, struct buffer *out);

#endif
