/*
 * standard: what a handling standard is: requirements, what each is worth,
 * and the files it is made of. Floor 2: no I/O, no clock, no database.
 *
 * A standard travels and is kept as a bundle: one byte string that holds
 * every file of its directory (standard.cfg and rules/NAME.yml), so that one
 * digest stands for all of it. muster-standard(5) describes the files.
 */
#ifndef STANDARD_STANDARD_H
#define STANDARD_STANDARD_H

#include "base/base.h"

/* Bundles -----------------------------------------------------------------------
 *
 * For each file, in byte order of the names: length of the name, name,
 * length of the content, content; lengths are 32 bits, big-endian. There is
 * one such form for a set of files, so equal standards have equal digests
 * (SHA-256 of the bundle, made by the caller).
 */

#define STANDARD_BUNDLE_LIMIT (32u << 20)
#define STANDARD_FILE_LIMIT (4u << 20)
#define STANDARD_NAME_LIMIT 255

struct standard_file {
	struct text name;       /* "rules/aut-root.yml" */
	struct text content;    /* any bytes */
};

/*
 * Append a file. Names are relative, of letters, digits and "._-" with "/"
 * between parts, no part beginning with a dot; each must follow the one
 * before it in byte order. ERR_SYNTAX and ERR_LIMIT say what is wrong; the
 * bundle is then unchanged.
 */
int standard_bundle_add(struct buffer *bundle, struct text name, struct text content,
			struct err *err) MUST_CHECK;
/*
 * The file at *at (0: the first), and *at moved behind it. 1: there is one;
 * 0: the bundle is at its end; -ERR_SYNTAX: these bytes are no bundle. All
 * that standard_bundle_add demands is checked again.
 */
int standard_bundle_next(struct text bundle, size_t *at, struct standard_file *ret_file,
			 struct err *err) MUST_CHECK;
/* 1: found; 0: no such file; negative: these bytes are no bundle. */
int standard_bundle_find(struct text bundle, struct text name, struct text *ret_content,
			 struct err *err) MUST_CHECK;
/* Is it one of the files that hold rules: rules/NAME.yml? */
bool standard_file_is_rules(const struct standard_file *file);

/* The standard ------------------------------------------------------------------- */

/* How much a log can show about a requirement. */
enum standard_observable {
	STANDARD_OBSERVABLE_NONE,      /* nothing: it is "not observable", never met */
	STANDARD_OBSERVABLE_INDIRECT,  /* a reason to ask */
	STANDARD_OBSERVABLE_DIRECT,    /* that it was broken */
};
const char *standard_observable_name(enum standard_observable observable);

/* May it stand on a plan of action while it is not met? */
enum standard_plan {
	STANDARD_PLAN_NO,
	STANDARD_PLAN_PARTIAL,         /* only where its partial value is deducted */
	STANDARD_PLAN_YES,
};
const char *standard_plan_name(enum standard_plan plan);

enum standard_kind {
	STANDARD_BASIC,
	STANDARD_DERIVED,
};
const char *standard_kind_name(enum standard_kind kind);

struct standard_requirement {
	const char *id;                /* "3.1.1" */
	const char *title;
	const char *citation;          /* "NIST SP 800-171 Rev. 2, 3.1.1" */
	const char *cmmc;              /* "AC.L2-3.1.1", or NULL */
	const char *note;              /* or NULL */
	const char *family;            /* "AC" */
	const char *family_title;
	enum standard_kind kind;
	enum standard_observable observable;
	enum standard_plan plan;
	const char *plan_reason;       /* why not, after "it"; NULL where plan is YES */
	int weight;                    /* points deducted where not met; 0: no value */
	int weight_partial;            /* points for a partial failure; 0: no such case */
};

/* What "%name%" stands for in the standard's rules, under the modifier expand. */
struct standard_list {
	struct text name;
	const struct text *values;
	size_t count;
};

struct standard {
	const char *name;              /* "nist-800-171r2" */
	const char *title;
	const char *version;
	int maximum;                   /* score where nothing is not met */
	int floor;                     /* score where everything is */
	int conditional_score;         /* least score for standing on a plan of action */
	int conditional_days;          /* and for how long */
	int indicated_dates;           /* dates on which one rule was broken ... */
	int indicated_days;            /* ... within so many days, or ... */
	int indicated_at_once;         /* ... once at this severity (1 to 5) */
	size_t requirement_count;
	const struct standard_requirement *requirements;   /* in the standard's order */
	size_t list_count;
	const struct standard_list *lists;
	struct map places;             /* for standard_requirement_find() */
	struct arena *arena;           /* holds all of it */
};

/*
 * Read the standard.cfg of a bundle. Refused: an unknown word, a requirement
 * given twice, a list without values or given twice, values that do not lead
 * from maximum to floor. Messages begin
 * with "NAME/standard.cfg:LINE: " where origin is NAME.
 */
int standard_parse(const char *origin, struct text bundle, struct standard **ret_standard,
		   struct err *err) MUST_CHECK;
void standard_free(struct standard *standard);     /* NULL is allowed */
void standard_clean(struct standard **standard);   /* for CLEAN(standard) */

/*
 * Whether it has a score. Findings under a standard whose requirements have no
 * values form a record of handling beside the scores.
 */
bool standard_has_values(const struct standard *standard);
/* By its id; NULL where the standard has no such requirement. */
const struct standard_requirement *
standard_requirement_find(const struct standard *standard, struct text id);
/* Its place in requirements[]. */
static inline size_t
standard_requirement_place(const struct standard *standard,
			   const struct standard_requirement *requirement)
{
	return (size_t)(requirement - standard->requirements);
}

#endif
