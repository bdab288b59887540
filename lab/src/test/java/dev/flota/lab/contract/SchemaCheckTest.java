package dev.flota.lab.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaCheckTest {
  private static final ApiDescription DESCRIPTION = ApiDescription.load();

  private static List<String> breaches(String definition, String json)
      throws JsonProcessingException {
    return new SchemaCheck(DESCRIPTION)
        .check(DESCRIPTION.definition(definition), new ObjectMapper().readTree(json)).stream()
            .map(breach -> breach.place() + " " + breach.problem())
            .toList();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          ErrorResponse    | {"message": "no"}                             |
          ErrorResponse    | {"message": 7}                                | message is NUMBER, should be a string
          ErrorResponse    | {}                                            | message is missing
          ErrorResponse    | {"message": null}                             | message is null, should be string
          ErrorResponse    | {"message": "no", "code": 1}                  | code is not in the description
          ErrorResponse    | []                                            | ` is ARRAY, should be an object`
          EventMessage     | {"Type": "container", "time": 1}              |
          EventMessage     | {"Type": "cat"}                               | Type is 'cat', none of ["builder","config","container","daemon","image","network","node","plugin","secret","service","volume"]
          Volume           | {"Name":"a","Driver":"local","Mountpoint":"/","Labels":{"a":1},"Scope":"local","Options":{}} | Labels{} is NUMBER, should be a string
          ContainerState   | {"Running": "yes"}                            | Running is STRING, should be a boolean
          HostConfig       | {"Memory": "64m"}                             | Memory is STRING, should be an integer
          HostConfig       | {"Dns": [1]}                                  | Dns[] is NUMBER, should be a string
          HostConfig       | {"MemorySwappiness": null}                    | MemorySwappiness is null, should be integer
          """)
  void tellsWhatIsWrong(String definition, String json, String breach)
      throws JsonProcessingException {
    if (breach == null) {
      assertThat(breaches(definition, json)).isEmpty();
    } else {
      assertThat(breaches(definition, json)).containsExactly(breach);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /v1.50/containers/json, /containers/json",
    "GET, /containers/abc/json, /containers/{id}/json",
    "GET, /v1.50/images/a.b:5000/c/d/json, /images/{name}/json",
    "DELETE, /v1.50/images/a/b, /images/{name}",
    "GET, /v1.50/images/search, /images/search",
    "GET, /v1.50/images/get, /images/get",
    "GET, /v1.50/networks/n, /networks/{id}",
  })
  void findsTheOperation(String method, String path, String template) {
    assertThat(DESCRIPTION.template(method, path)).contains(template);
  }

  @Test
  void knowsNoOtherOperation() {
    assertThat(DESCRIPTION.template("GET", "/v1.50/nosuch")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "GET /containers/{id}/json 200, HostConfig.Binds, array, true",
    "GET /containers/{id}/json 200, NetworkSettings.Networks{}.DriverOpts, object, true",
    "GET /containers/{id}/json 200, HostConfig.RestartPolicy, object, false",
    "GET /containers/{id}/json 200, Mounts, array, false",
    "GET /containers/{id}/json 200, HostConfig.Binds, string, false",
    "GET /images/{name}/json 200, HostConfig.Binds, array, false",
    "GET /images/json 200, [].Labels, object, true",
    "GET /images/json 200, [].RepoTags, array, false"
  })
  void onlyWhatDockerLeavesNilMayBeNull(
      String operation, String place, String kind, boolean excused) {
    SchemaCheck.Breach breach = new SchemaCheck.Breach(place, "is null, should be " + kind);

    assertThat(RealDocker.doesSo(operation, breach)).isEqualTo(excused);
  }
}
