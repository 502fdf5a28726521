import Documents
import Quantities

/// `threshold:` of a plan file.
public struct ThresholdRecipe: PolicyRecipe, Hashable {
  public static let name = "threshold"
  public var up: Double
  public var down: Double
  public init(up: Double = 0.8, down: Double = 0.3) {
    self.up = up
    self.down = down
  }
  public var title: String { "reference thresholds \(Fraction(rawValue: up)) and \(Fraction(rawValue: down))" }
  public var initialUtilization: Double { up }
  public func policy(in setting: PolicySetting) -> any ScalingPolicy {
    ThresholdPolicy(
      capacityPerReplica: setting.capacity, scaleUp: .fraction(up), scaleDown: .fraction(down),
      minimum: setting.minimum, maximum: setting.maximum)
  }
  public func tunables(in setting: PolicySetting) -> [TunableSetting] {
    [
      TunableSetting("up", .share, up, from: 0.3, to: 0.95),
      TunableSetting("down", .share, down, from: 0.1, to: 0.93),
    ]
  }
  public func tuned(_ values: [Double], in setting: PolicySetting) -> any PolicyRecipe {
    guard values.count == 2 else { return self }
    // The lower stays below the upper, or the fleet would swing for ever.
    return ThresholdRecipe(up: values[0], down: min(values[1], ((values[0] - 0.05) * 100).rounded() / 100))
  }
}

extension ThresholdPolicy {
  public static let descriptor = PolicyDescriptor(
    name: "threshold",
    summary: "The reference autoscaler with its quirks: two utilization thresholds, sized at once. "
      + "For reproducing its results; choose `target` otherwise.",
    schema: .object(
      ObjectSchema(
        title: "threshold", summary: "Out above the upper, in below the lower threshold.",
        fields: [
          Field("up", "scale out above this utilization", PolicySchema.share, example: "80%", default: "80%"),
          Field("down", "scale in below this utilization", PolicySchema.share, example: "30%", default: "30%"),
        ])),
    example: """
      scaling:
        threshold: { up: 80%, down: 30% }
        minimum: 1
        maximum: 100
      """
  ) { node, path, reader in
    let up = reader.share(node["up"], "\(path).up", 0.01...1, help: "write 80%") ?? 0.8
    let down = reader.share(node["down"], "\(path).down", 0.001...1, help: "write 30%") ?? 0.3
    if down >= up {
      reader.fail("'down' is not below 'up'", node, path, help: "with down above up the fleet swings forever")
    }
    return ThresholdRecipe(up: up, down: down)
  }
}
