/*
 * One line a message on standard error: "<priority>" only where systemd
 * listens (JOURNAL_STREAM is set), the process's name, then the text, which
 * is escaped. Floor 5 only.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/attribute.h"
#include "base/error.h"

void log_open(const char *process, bool debug);
void log_debug(const char *format, ...) PRINTF_LIKE(1, 2);
void log_info(const char *format, ...) PRINTF_LIKE(1, 2);
void log_warning(const char *format, ...) PRINTF_LIKE(1, 2);
void log_error(const char *format, ...) PRINTF_LIKE(1, 2);
/* Log and exit with the error's status. */
NORETURN void log_fatal(const struct err *err, const char *format, ...)
	PRINTF_LIKE(2, 3);

#endif
