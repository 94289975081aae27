/* Numbers and dates as the values of records have them. */
#ifndef SIGMA_NUMBER_H
#define SIGMA_NUMBER_H

#include "sigma/set.h"

/* The whole of t as a number (RFC 8259 grammar). */
bool number_read(struct text t, double *ret);
bool number_compare(double value, enum comparison comparison, double with);
/*
 * A whole number that is written with a point or an exponent, as digits:
 * 4625.0, 1e3. The length of the digits, or 0.
 */
size_t number_plain_digits(struct text t, char digits[24]);
/* A part of "YYYY-MM-DD[T ]HH:MM..." as written, without regard to zones. */
bool time_part_read(struct text t, enum time_part part, double *ret);

#endif
