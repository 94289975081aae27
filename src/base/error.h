/* Errors: a code, the system's errno, and a text made for a person. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/attribute.h"

enum err_code {
	ERR_NONE = 0,
#define ERROR(name, status, meaning, remedy) ERR_##name,
#include "base/errors.def"
#undef ERROR
	ERR_COUNT
};

struct err {
	enum err_code code;
	int number;        /* errno, or 0 */
	char sqlstate[6];  /* of PostgreSQL, or "" */
	char text[1024];
};

/* Fill err (which may be NULL) and return -code, to be returned onwards. */
int err_set(struct err *err, enum err_code code, const char *format, ...)
	PRINTF_LIKE(3, 4);

/* The same for a failed system call: appends ": " and the text of errno. */
int err_system(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Put words and ": " before the text that err already has. Returns -code. */
int err_prefix(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* The exit status that belongs to a code (0 for ERR_NONE). */
int err_exit_status(enum err_code code);

/* One row of errors.def, for help and manual pages. */
struct err_description {
	const char *name;
	int status;
	const char *meaning;
	const char *remedy;
};
const struct err_description *err_describe(enum err_code code);

#endif
