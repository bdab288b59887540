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
 * Tests that need a lab that is up. Its constructor may ask for a {@link Docker}, {@link LabHost},
 * {@link Api} or the {@link Lab}; what a test made is removed after it.
 */
@Tag("e2e")
@Timeout(value = 240, unit = TimeUnit.SECONDS)
@ExtendWith(LabExtension.class)
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface EndToEnd {}
