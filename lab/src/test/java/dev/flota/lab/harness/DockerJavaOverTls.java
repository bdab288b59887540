package dev.flota.lab.harness;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A process of its own, so that it can be on a lab host's network: runs a container by way of
 * docker-java over TLS, types a line and prints what came back.
 */
public final class DockerJavaOverTls {
  private DockerJavaOverTls() {}

  /**
   * The command that starts it.
   *
   * @param endpoint {@code tcp://HOST:PORT}
   * @param certificates directory of ca.pem, cert.pem and key.pem
   */
  public static List<String> command(String endpoint, Path certificates) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        System.getProperty("java.class.path"),
        DockerJavaOverTls.class.getName(),
        endpoint,
        certificates.toString());
  }

  /** Arguments as in {@link #command}. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    DefaultDockerClientConfig configuration =
        DefaultDockerClientConfig.createDefaultConfigBuilder()
            .withDockerHost(arguments[0])
            .withDockerTlsVerify(true)
            .withDockerCertPath(arguments[1])
            .build();
    try (DockerClient client =
        DockerClientImpl.getInstance(
            configuration,
            new ZerodepDockerHttpClient.Builder()
                .dockerHost(configuration.getDockerHost())
                .sslConfig(configuration.getSSLConfig())
                .build())) {
      converse(client);
    }
  }

  private static void converse(DockerClient client) throws InterruptedException {
    String id =
        client
            .createContainerCmd("busybox")
            .withCmd("sh", "-c", "read line; echo got $line; exit 5")
            .withStdinOpen(true)
            .withStdInOnce(true)
            .exec()
            .getId();
    @SuppressWarnings("JdkObsolete") // the client's thread writes, this one reads
    StringBuffer answer = new StringBuffer();
    ResultCallback.Adapter<Frame> frames =
        new ResultCallback.Adapter<>() {
          @Override
          public void onNext(Frame frame) {
            answer.append(new String(frame.getPayload(), StandardCharsets.UTF_8));
          }
        };
    client
        .attachContainerCmd(id)
        .withStdIn(new ByteArrayInputStream("words\n".getBytes(StandardCharsets.UTF_8)))
        .withStdOut(true)
        .withFollowStream(true)
        .exec(frames);
    client.startContainerCmd(id).exec();
    int code =
        client.waitContainerCmd(id).exec(new WaitContainerResultCallback()).awaitStatusCode();
    frames.awaitCompletion();
    System.out.println("answered: " + answer.toString().strip());
    System.out.println("exit code: " + code);
    client.removeContainerCmd(id).exec();
  }
}
