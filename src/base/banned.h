/* Included before everything else: functions that have no safe use here. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H
#if !defined(__cplusplus)
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#pragma GCC poison sprintf vsprintf strcpy strcat strncpy strncat strtok gets
#pragma GCC poison gmtime localtime ctime asctime atoi atol atoll
#pragma GCC poison popen tmpnam tempnam mktemp
#endif
#endif
