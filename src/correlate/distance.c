/* Distances on the globe in whole numbers: fractions are of 2^40. */
#include "correlate/correlate.h"

#define ONE ((int64_t)1 << 40)
#define PI 3454217652358LL /* pi times ONE */
#define DEGREE 1000000LL
#define METRES_PER_DEGREE 111195LL /* 6371 km times pi / 180 */
#define TERMS 19

static int64_t times(int64_t a, int64_t b)
{
	return (int64_t)((__int128)a * b / ONE);
}

/* Sine of 0 to 90 degrees, by its series. */
static int64_t sine_of_quarter(int64_t angle)
{
	int64_t x = (int64_t)((__int128)angle * PI / (180 * DEGREE));
	int64_t square = times(x, x), term = x, sum = x;
	for (int64_t n = 2; n < TERMS; n += 2) {
		term = -times(term, square) / (n * (n + 1));
		sum += term;
	}
	return sum;
}

static int64_t sine(int64_t angle)
{
	int64_t size = angle < 0 ? -angle : angle;
	int64_t value = sine_of_quarter(size > 90 * DEGREE ? 180 * DEGREE - size : size);
	return angle < 0 ? -value : value;
}

static int64_t squared(int64_t value)
{
	return times(value, value);
}

/* The angle from 0 to 90 degrees whose sine has that square. */
static int64_t angle_of(int64_t square)
{
	int64_t low = 0, high = 90 * DEGREE;
	while (low < high) {
		int64_t middle = (low + high) / 2;
		if (squared(sine_of_quarter(middle)) < square)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int64_t correlate_metres(struct correlate_point a, struct correlate_point b)
{
	int64_t north = (int64_t)a.latitude - b.latitude, east = (int64_t)a.longitude - b.longitude;
	if (east < 0)
		east = -east;
	if (east > 180 * DEGREE)
		east = 360 * DEGREE - east;
	if (north == 0 && east == 0)
		return 0;
	int64_t parallels = times(sine(90 * DEGREE - (a.latitude < 0 ? -a.latitude : a.latitude)),
				  sine(90 * DEGREE - (b.latitude < 0 ? -b.latitude : b.latitude)));
	int64_t haversine = squared(sine(north / 2)) + times(parallels, squared(sine(east / 2)));
	return 2 * angle_of(haversine) * METRES_PER_DEGREE / DEGREE;
}
