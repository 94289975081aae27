/*
 * Rates with their interval. Integers only, so that every machine gives the
 * same digits.
 */
#include "report/report.h"

#define ONE 1000000000ULL    /* fixed point: nine decimals */
#define Z 1959963985ULL      /* 97.5 % quantile of the normal distribution */

__extension__ typedef unsigned __int128 wide;

static uint64_t root(wide n)
{
	wide low = 0, high = (wide)1 << 63;

	while (high - low > 1) {
		wide middle = (low + high) / 2;
		if (middle * middle <= n)
			low = middle;
		else
			high = middle;
	}
	return (uint64_t)low;
}

/*
 * count * factor^3 in hundredths per 100,000 of exposure, rounded to the
 * nearest. count is below 2^40, factor below 4, so the product keeps within
 * 128 bits.
 */
static int64_t per_hundred_thousand(uint64_t count, uint64_t factor, uint64_t exposure)
{
	wide cube = (wide)factor * factor / ONE * factor / ONE;
	wide product = cube * count * 10000000ULL / ONE;

	product = (product + exposure / 2) / exposure;
	return product > INT64_MAX ? INT64_MAX : (int64_t)product;
}

bool report_rate(uint64_t count, uint64_t exposure, struct report_rate *ret_rate)
{
	if (exposure == 0 || count >= (uint64_t)1 << 40)
		return false;
	ret_rate->rate = per_hundred_thousand(count, ONE, exposure);
	ret_rate->low = 0;
	if (count > 0) {
		uint64_t spread = ONE / (9 * count) +
				  (uint64_t)((wide)Z * ONE / 3 / root((wide)count * ONE * ONE));
		ret_rate->low = spread >= ONE ? 0 :
						per_hundred_thousand(count, ONE - spread, exposure);
	}
	count++;
	ret_rate->high = per_hundred_thousand(
		count,
		ONE - ONE / (9 * count) +
			(uint64_t)((wide)Z * ONE / 3 / root((wide)count * ONE * ONE)),
		exposure);
	return true;
}
