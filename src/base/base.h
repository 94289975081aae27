/*
 * base: what every room stands on. Floor 0: knows nothing of the program.
 *
 * Memory is either a whole process's, or one batch's (an arena with a hard
 * limit), or one call's. Errors are returned: functions that can fail take
 * a struct err as their last argument and return 0 or a negative error
 * code. Nothing in this room prints, but for log.h, which only the
 * executables on floor 5 call.
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "base/error.h"
#include "base/text.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/calendar.h"
#include "base/crash.h"
#include "base/csv.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "base/recent.h"
#include "base/zone.h"

#endif
