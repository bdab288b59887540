package dev.flota.engine.image;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One build step of an image: {@code HistoryResponseItem} of the Docker Engine API.
 *
 * @param id the image's id for its last step, {@code <missing>} for the others
 * @param created seconds since 1970
 * @param tags the image's names, for its last step
 * @param size bytes of the step's layer, unpacked
 */
@JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
public record LayerHistory(
    String id,
    long created,
    String createdBy,
    @Nullable List<String> tags,
    long size,
    String comment) {}
