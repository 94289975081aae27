/*
 * Places where a test may end a process as if it had been killed there.
 * With MUSTER_CRASH_AT=NAME in the environment the process ends at the first
 * crash_point("NAME") it reaches, with NAME:N at the Nth, without running
 * anything that an orderly end would run. Without the variable a point costs
 * one comparison. musterd hands the variable on to its children.
 *
 * The points, in the order of a delivery's life: claim, snapshot,
 * evidence-linked, before-commit, after-commit, receipt-written,
 * before-unlink. Each stands right after what its name says is durable
 * (before-…: right before it is done).
 */
#ifndef BASE_CRASH_H
#define BASE_CRASH_H

#define CRASH_VARIABLE "MUSTER_CRASH_AT"

void crash_point(const char *name);

#endif
