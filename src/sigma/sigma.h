/*
 * sigma: rules in Sigma's YAML compiled once, then matched against events.
 * Floor 3: pure. Specification 2.x; where it is silent, muster-rules(5)
 * says what is meant.
 *
 * Cost follows the rules that could match an event, not the rules that
 * exist. Matching allocates nothing per event.
 */
#ifndef SIGMA_SIGMA_H
#define SIGMA_SIGMA_H

#include "event/event.h"

enum sigma_level {
	SIGMA_INFORMATIONAL = 1,
	SIGMA_LOW = 2,
	SIGMA_MEDIUM = 3,
	SIGMA_HIGH = 4,
	SIGMA_CRITICAL = 5,
};
const char *sigma_level_name(enum sigma_level level);

/* What a violation of a rule is held against. */
enum sigma_subject {
	SIGMA_SUBJECT_ACTOR,       /* the default; else address, host, object: the first known */
	SIGMA_SUBJECT_OBJECT,
	SIGMA_SUBJECT_HOST,
	SIGMA_SUBJECT_ADDRESS,
	SIGMA_SUBJECT_SESSION,
};

/*
 * What a rule says about itself. Texts are terminated and live as long as
 * the set. "muster:" is this program's own map at the rule's top level:
 * requirements, strength, subject, says (what the standard asks, in words).
 */
struct sigma_rule {
	const char *file;
	unsigned line;             /* of the document's first line */
	const char *id, *name, *title, *description, *status;
	enum sigma_level level;    /* SIGMA_MEDIUM where the rule gives none */
	const char *product, *category, *service;  /* NULL: not given */
	const char *const *requirements;           /* NULL-terminated */
	const char *const *tags;                   /* NULL-terminated */
	const char *const *false_positives;        /* NULL-terminated */
	const char *says;          /* or NULL */
	bool direct;               /* muster.strength: direct (true) or indirect */
	enum sigma_subject subject;
	bool correlation;          /* not an event rule */
};

/* One thing to say about a file of rules. */
enum sigma_severity { SIGMA_OK, SIGMA_WARNING, SIGMA_REFUSED };
struct sigma_notice {
	const char *file;
	unsigned line, column;     /* from 1; 0: the whole file */
	enum sigma_severity severity;
	const char *rule_id, *rule_title;  /* "" where not known */
	const char *reason;
};
typedef void sigma_notice_function(void *context, const struct sigma_notice *notice);

struct sigma_set;
/* Field names are interned into names, which must outlive the set. */
struct sigma_set *sigma_set_new(struct event_names *names);
void sigma_set_free(struct sigma_set *set);
/*
 * Add every document of one YAML text. What cannot be honoured is refused
 * and reported; the rest is added. Returns the number refused, or a
 * negative error (out of memory).
 */
int sigma_set_add(struct sigma_set *set, const char *file, struct text yaml,
		  sigma_notice_function *notice, void *context, struct err *err) MUST_CHECK;
/* After the last add, before the first match. check_source: heed logsources. */
int sigma_set_compile(struct sigma_set *set, bool check_source, struct err *err) MUST_CHECK;
size_t sigma_set_count(const struct sigma_set *set);
const struct sigma_rule *sigma_set_rule(const struct sigma_set *set, size_t index);

/*
 * Match one event against all event rules. rules[0..n) receives the indexes
 * of those that match, ascending, each once; *ret_rules stays valid until
 * the next call. Not reentrant on one set. Returns the number.
 */
size_t sigma_set_match(struct sigma_set *set, const struct event *event,
		       const uint32_t **ret_rules);

#endif
