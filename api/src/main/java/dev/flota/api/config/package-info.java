@NullMarked
package dev.flota.api.config;

import org.jspecify.annotations.NullMarked;
