import Documents
import Quantities

/// `fixed:` of a plan file.
public struct FixedRecipe: PolicyRecipe, Hashable {
  public static let name = "fixed"
  /// Nil for what the plan provisions.
  public var replicas: Int?
  public init(replicas: Int? = nil) { self.replicas = replicas }
  public var title: String { replicas.map { "flat fleet of \($0)" } ?? "flat fleet" }
  public var isFlat: Bool { true }
  public func policy(in setting: PolicySetting) -> any ScalingPolicy {
    FixedPolicy(replicas: replicas ?? setting.replicas)
  }
}

extension FixedPolicy {
  public static let descriptor = PolicyDescriptor(
    name: "fixed", summary: "No autoscaling: the same number of replicas at every hour, sized for the peak.",
    schema: .any(
      of: [.boolean, .bounded(.integer, minimum: 0, maximum: nil)], description: "true, or a number of replicas"),
    example: """
      scaling:
        fixed: true
      """
  ) { node, path, reader in
    if node.bool == false { return nil }
    return FixedRecipe(replicas: reader.count(node, path, 0...10_000_000))
  }
}
