import Documents
import Quantities

/// `composite:` of a plan file.
public struct CompositeRecipe: PolicyRecipe {
  public static let name = "composite"
  public var parts: [any PolicyRecipe]
  public init(_ parts: [any PolicyRecipe]) { self.parts = parts }
  public var title: String { "the largest of: " + parts.map(\.title).joined(separator: "; ") }
  public var minimum: Int? { parts.compactMap(\.minimum).max() }
  public var maximum: Int? { parts.contains { $0.maximum == nil } ? nil : parts.compactMap(\.maximum).max() }
  public var initialUtilization: Double { parts.map(\.initialUtilization).min() ?? 0.7 }
  public var signals: Set<Signal> { parts.reduce(into: []) { $0.formUnion($1.signals) } }
  public func policy(in setting: PolicySetting) -> any ScalingPolicy {
    // A forecast that only tells keeps the replicas where they are, and would keep the others from letting them go.
    let acting = parts.filter { ($0 as? PredictiveRecipe)?.mode != .forecastOnly }
    return CompositePolicy((acting.isEmpty ? parts : acting).map { $0.policy(in: setting) })
  }
  public func tunables(in setting: PolicySetting) -> [TunableSetting] { parts.flatMap { $0.tunables(in: setting) } }
  public func tuned(_ values: [Double], in setting: PolicySetting) -> any PolicyRecipe {
    var left = values[...]
    return CompositeRecipe(
      parts.map { part in
        let own = left.prefix(part.tunables(in: setting).count)
        left = left.dropFirst(own.count)
        return part.tuned(Array(own), in: setting)
      })
  }
  public func bounded(_ bounds: ClosedRange<Int>) -> any PolicyRecipe {
    CompositeRecipe(parts.map { $0.bounded(bounds) })
  }
  public func hazards(_ context: HazardContext) -> [Hazard] {
    // What one part is too small for, another may carry: only what holds for all of them is told.
    let all = parts.map { $0.hazards(context) }
    return all.first?.filter { hazard in all.allSatisfy { $0.contains { $0.name == hazard.name } } } ?? []
  }
}

extension CompositePolicy {
  private static let parts = PolicyList.single + [PredictivePolicy.descriptor]

  public static let descriptor = PolicyDescriptor(
    name: "composite",
    summary:
      "The largest decision of several policies: a schedule or a forecast as the floor, a policy that looks on top.",
    schema: .list(
      .object(
        ObjectSchema(
          title: "part", summary: "One policy, as under scaling.",
          fields: PolicyList.single.map(\.field) + [
            Field("predictive", PredictivePolicy.descriptor.summary, .object(PredictivePolicy.schema))
          ]))),
    example: """
      scaling:
        composite:
          - schedule: { entries: [{ at: "0 7 * * 1-5", replicas: 20 }, { at: "0 20 * * *", replicas: 5 }] }
          - target: { utilization: 70% }
        maximum: 60
      """
  ) { node, path, reader in
    var recipes: [any PolicyRecipe] = []
    let elements = node.elements ?? []
    if elements.isEmpty {
      reader.fail("'composite' holds no policies", node, path, help: "write - target: { utilization: 70% }")
    }
    for (i, part) in elements.enumerated() {
      if let recipe = reader.policy(of: part, "\(path)[\(i)]", among: parts) { recipes.append(recipe) }
    }
    return recipes.isEmpty || recipes.count < elements.count ? nil : CompositeRecipe(recipes)
  }
}
