import Documents
import Planning
import Quantities
import Scaling

/// What a person needs to know of an exporter: its name on the command line, one sentence, what it can be told, an
/// example. The reference page and the tests are made from it.
public struct ExporterDescriptor: Sendable {
  /// `"hpa"`.
  public let name: String
  /// One sentence: what it writes.
  public let summary: String
  /// Settings, given as `--set NAME=VALUE`.
  public let parameters: [Parameter]
  /// A command.
  public let example: String
  /// How a file of what it writes ends: `"yaml"`, `"csv"`.
  public let ending: String
  let write: @Sendable (ExportRequest) throws(ExportFault) -> Export

  /// One setting of an exporter.
  public struct Parameter: Sendable, Hashable {
    public let name: String
    /// As a user would write it; empty where it must be given.
    public let defaultValue: String
    public let summary: String
    public init(_ name: String, default defaultValue: String = "", _ summary: String) {
      self.name = name
      self.defaultValue = defaultValue
      self.summary = summary
    }
  }

  init(
    name: String, summary: String, parameters: [Parameter], example: String, ending: String = "yaml",
    write: @escaping @Sendable (ExportRequest) throws(ExportFault) -> Export
  ) {
    self.name = name
    self.summary = summary
    self.parameters = parameters
    self.example = example
    self.ending = ending
    self.write = write
  }

  /// Writes what the plan's answer asks for.
  public func export(_ request: ExportRequest) throws(ExportFault) -> Export {
    for key in request.settings.keys.sorted() where !parameters.contains(where: { $0.name == key }) {
      throw ExportFault(
        "'\(name)' has no setting '\(key)'. It has: \(parameters.map(\.name).joined(separator: ", ")).")
    }
    return try write(request)
  }
}

/// Exporters, in the order in which help and reference show them. A new exporter is one file in Exporters/ and one line
/// here.
public enum ExporterList {
  public static let all: [ExporterDescriptor] = [
    HPAExporter.descriptor,
    KedaExporter.descriptor,
    InferencePoolExporter.descriptor,
    CapacityBufferExporter.descriptor,
    KnativeExporter.descriptor,
    RayExporter.descriptor,
    KarpenterExporter.descriptor,
    TerraformExporter.descriptor,
    Route53Exporter.descriptor,
    RegionSwitchExporter.descriptor,
    FOCUSExporter.descriptor,
  ]
  public static func named(_ name: String) -> ExporterDescriptor? { all.first { $0.name == name } }
}

/// What is to be exported.
public struct ExportRequest: Sendable {
  public let outcome: PlanOutcome
  /// `--set NAME=VALUE`.
  public let settings: [String: String]
  public init(_ outcome: PlanOutcome, settings: [String: String] = [:]) {
    self.outcome = outcome
    self.settings = settings
  }

  /// The object's name: given, or the plan's as a DNS label.
  func name() throws(ExportFault) -> String {
    if let given = settings["name"] {
      guard KubernetesName.isLabel(given) else {
        let near = KubernetesName.label(given)
        throw ExportFault(
          "'\(given)' is no name of a Kubernetes object: small letters, digits and hyphens only."
            + (near.isEmpty ? "" : " Write name=\(near)."))
      }
      return given
    }
    let label = KubernetesName.label(outcome.plan.name)
    return label.isEmpty ? "service" : label
  }

  func namespace() throws(ExportFault) -> String? {
    guard let given = settings["namespace"] else { return nil }
    guard KubernetesName.isLabel(given) else {
      throw ExportFault("'\(given)' is no namespace: small letters, digits and hyphens only.")
    }
    return given
  }

  /// What is scaled: what the user's own object scales, else a Deployment of the object's name, unless told otherwise.
  func target(own: ScaleTarget? = nil) throws(ExportFault) -> ScaleTarget {
    if let own, !own.name.isEmpty, settings["target"] == nil, settings["kind"] == nil { return own }
    let kind = settings["kind"] ?? "Deployment"
    guard kind == "Deployment" || kind == "StatefulSet" else {
      throw ExportFault("kind=\(kind) is not known here. Write Deployment or StatefulSet.")
    }
    var name = try self.name()
    if let given = settings["target"] { name = given }
    guard KubernetesName.isSubdomain(name) else { throw ExportFault("'\(name)' is no name of a Kubernetes object.") }
    return ScaleTarget(kind: kind, name: name)
  }

  /// Changes to the user's own document; nil where the plan's policy has none.
  func patch(
    _ source: ManifestSource?, _ change: (ManifestSource) throws(Diagnostics) -> PatchedManifest, notes: [String]
  ) throws(ExportFault) -> Export? {
    guard let source else { return nil }
    do throws(Diagnostics) {
      let patched = try change(source)
      let isSame = Array(patched.text.utf8) == source.bytes && patched.losses.isEmpty
      return Export(
        patched.text,
        notes: notes + (isSame ? ["\(source.file) says already what the plan asks for: nothing is changed."] : [])
          + patched.losses.map { "Could not be kept up in \(source.file), write it by hand: \($0)." })
    } catch {
      throw ExportFault("\(source.file) cannot be changed: \(error)")
    }
  }

  static let common: [ExporterDescriptor.Parameter] = [
    .init("name", default: "the plan's name", "the object's name, a DNS label"),
    .init("namespace", default: "none", "its namespace"),
  ]
  static let targets: [ExporterDescriptor.Parameter] = [
    .init("target", default: "the object's name", "the name of what is scaled"),
    .init("kind", default: "Deployment", "its kind: Deployment or StatefulSet"),
  ]
}

/// What was written, and what the reader should know of it.
public struct Export: Sendable, Hashable {
  public var text: String
  /// What had to be assumed, a sentence each.
  public var notes: [String]
  public init(_ text: String, notes: [String] = []) {
    self.text = text
    self.notes = notes
  }
}

/// Why something cannot be exported, with what to do.
public struct ExportFault: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
  public init(_ sentence: String) { description = sentence }
}
