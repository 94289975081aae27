/*
 * Duties of a contractor that run from a recorded moment: duties.def and
 * moments.def. The database has them as tables.
 */
#ifndef CASEWORK_DUTY_H
#define CASEWORK_DUTY_H

#include "casework/clock.h"

enum casework_moment {
#define MOMENT(identifier, name, meaning) CASEWORK_MOMENT_##identifier,
#include "casework/moments.def"
#undef MOMENT
	CASEWORK_MOMENT_COUNT,
	CASEWORK_MOMENT_NONE = CASEWORK_MOMENT_COUNT
};
struct casework_moment_description {
	const char *name;       /* "discovered" */
	const char *meaning;
};
/* Not for NONE. */
const struct casework_moment_description *casework_moment_describe(enum casework_moment moment);
bool casework_moment_find(struct text name, enum casework_moment *ret_moment) MUST_CHECK;

enum casework_duty {
#define DUTY(identifier, name, base, met, unit, amount, setting, kind, citation, meaning)  \
	CASEWORK_DUTY_##identifier,
#include "casework/duties.def"
#undef DUTY
	CASEWORK_DUTY_COUNT
};
struct casework_duty_description {
	const char *name;       /* "cyber-72h" */
	enum casework_moment base, met; /* met NONE: nothing meets it, it ends */
	enum casework_unit unit;
	int64_t amount;
	const char *setting;    /* of section duties, which sets the amount; or "" */
	bool keep;              /* lasts until then, and is never overdue */
	const char *citation, *meaning;
};
const struct casework_duty_description *casework_duty_describe(enum casework_duty duty);
bool casework_duty_find(struct text name, enum casework_duty *ret_duty) MUST_CHECK;

#endif
