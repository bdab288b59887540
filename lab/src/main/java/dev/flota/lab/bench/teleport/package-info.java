/** What is measured of running containers that move between the hosts of a fleet. */
@NullMarked
package dev.flota.lab.bench.teleport;

import org.jspecify.annotations.NullMarked;
