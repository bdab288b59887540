package dev.flota.lab.faults;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.security.ProtectionDomain;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Has methods of a daemon that runs call {@link Halt#reach} first, so that what is delivered knows
 * nothing of faults. Source: package {@code java.lang.instrument}, agents started after the VM.
 */
public final class FaultAgent implements ClassFileTransformer {
  private static final ClassDesc HALT = ClassDesc.of("dev.flota.lab.faults.Halt");
  private static final MethodTypeDesc REACH =
      MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_String, ConstantDescs.CD_Object);

  private final Map<String, Set<String>> methods = new HashMap<>();

  /**
   * For these methods.
   *
   * @param methods {@code package.Class#method}, by commas
   */
  FaultAgent(String methods) {
    for (String method : methods.split(",", -1)) {
      String[] words = method.split("#", 2);
      this.methods
          .computeIfAbsent(words[0].replace('.', '/'), any -> new HashSet<>())
          .add(words[1]);
    }
  }

  /** Called by the virtual machine that it is loaded into. */
  public static void agentmain(String methods, Instrumentation instrumentation)
      throws UnmodifiableClassException {
    FaultAgent agent = new FaultAgent(methods);
    instrumentation.addTransformer(agent, true);
    instrumentation.retransformClasses(
        Arrays.stream(instrumentation.getAllLoadedClasses())
            .filter(loaded -> agent.methods.containsKey(loaded.getName().replace('.', '/')))
            .toArray(Class<?>[]::new));
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable ClassLoader loader,
      String name,
      @Nullable Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] content) {
    Set<String> chosen = methods.get(name);
    return chosen == null ? null : withPoints(content, chosen);
  }

  private static byte[] withPoints(byte[] content, Set<String> chosen) {
    ClassFile file = ClassFile.of();
    ClassTransform transform =
        (type, element) -> {
          if (element instanceof MethodModel method
              && chosen.contains(method.methodName().stringValue())) {
            type.transformMethod(method, MethodTransform.transformingCode(new Opening(method)));
          } else {
            type.with(element);
          }
        };
    return file.transformClass(file.parse(content), transform);
  }

  private record Opening(MethodModel method) implements CodeTransform {
    @Override
    public void atStart(CodeBuilder code) {
      code.loadConstant(name());
      MethodTypeDesc type = method.methodTypeSymbol();
      if (type.parameterCount() > 0 && !type.parameterType(0).isPrimitive()) {
        code.aload(code.parameterSlot(0));
      } else {
        code.aconst_null();
      }
      code.invokestatic(HALT, "reach", REACH);
    }

    /** {@code Class.method}, without packages and outer classes. */
    private String name() {
      String type = method.parent().orElseThrow().thisClass().asInternalName();
      int end = Math.max(type.lastIndexOf('/'), type.lastIndexOf('$'));
      return type.substring(end + 1) + "." + method.methodName().stringValue();
    }

    @Override
    public void accept(CodeBuilder code, CodeElement element) {
      code.with(element);
    }
  }
}
