package dev.flota.lab.harness;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests that need a lab of three hosts; those tagged {@code five} run in one of five too. Their
 * constructor may ask for the {@link FleetLab}.
 */
@Tag("fleet")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
@ExtendWith(FleetExtension.class)
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface FleetEndToEnd {}
