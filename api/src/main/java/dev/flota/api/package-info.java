@NullMarked
package dev.flota.api;

import org.jspecify.annotations.NullMarked;
