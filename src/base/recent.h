/*
 * The last so many numbers, exactly: the oldest makes way for the newest.
 * Numbers should be hashes under a key that whoever writes the input does
 * not know. Nothing is allocated after recent_new().
 */
#ifndef BASE_RECENT_H
#define BASE_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recent;

/* capacity: how many are remembered; a power of two up to 2^30. NULL: no memory. */
struct recent *recent_new(uint32_t capacity);
void recent_free(struct recent *recent);       /* NULL is allowed */
void recent_reset(struct recent *recent);
bool recent_has(const struct recent *recent, uint64_t number);
/*
 * Remember a number that is not there yet. Returns its place, 0 to
 * capacity - 1; *ret_replaced: another number had that place until now.
 */
uint32_t recent_add(struct recent *recent, uint64_t number, bool *ret_replaced);

#endif
