package dev.flota.lab.harness;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.StreamType;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** The API through a client that is not the command line. */
public final class DockerJava {
  private DockerJava() {}

  /** A client of the engine at {@code unix://…}. */
  public static DockerClient client(String host) {
    DefaultDockerClientConfig configuration =
        DefaultDockerClientConfig.createDefaultConfigBuilder()
            .withDockerHost(host)
            .withDockerTlsVerify(false)
            .build();
    return DockerClientImpl.getInstance(
        configuration, new ZerodepDockerHttpClient.Builder().dockerHost(URI.create(host)).build());
  }

  /** Takes in what a container or an exec says. */
  @SuppressWarnings("JdkObsolete") // the client's thread writes, the test's reads
  public static final class Frames extends ResultCallback.Adapter<Frame> {
    private final StringBuffer out = new StringBuffer();
    private final StringBuffer err = new StringBuffer();

    /** Has heard nothing yet. */
    public Frames() {}

    @Override
    public void onNext(Frame frame) {
      String text = new String(frame.getPayload(), StandardCharsets.UTF_8);
      (frame.getStreamType() == StreamType.STDERR ? err : out).append(text);
    }

    /** Standard output so far. */
    public String out() {
      return out.toString();
    }

    /** Standard error so far. */
    public String err() {
      return err.toString();
    }
  }
}
