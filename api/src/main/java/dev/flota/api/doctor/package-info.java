@NullMarked
package dev.flota.api.doctor;

import org.jspecify.annotations.NullMarked;
