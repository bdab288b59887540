/** What is measured, one class for each subject. */
@NullMarked
package dev.flota.lab.bench.scenario;

import org.jspecify.annotations.NullMarked;
