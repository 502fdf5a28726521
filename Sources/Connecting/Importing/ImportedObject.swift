import Scaling

/// One object of a manifest that scales something, and what it says.
public struct ImportedObject: Sendable {
  /// `"HorizontalPodAutoscaler"`.
  public var kind: String
  public var name: String
  public var namespace: String?
  public var file: String
  /// What it will do, a sentence each.
  public var sentences: [String]
  /// A `scaling:` block that simulates it; empty where it scales nothing by itself.
  public var plan: String
  /// What it moves, for finding two that move the same.
  public var hpa: HPAManifest?
  public var keda: KedaManifest?
  /// The policy, where it is one.
  public var recipe: (any PolicyRecipe)?
}
