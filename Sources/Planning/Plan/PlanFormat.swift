import Catalogs
import Documents
import Traffic

/// The plan file, put together from the slices and from the sources of demand that the program has: validation, the JSON
/// Schema for editors, the reference page and the reading all come from it.
public struct PlanFormat: Sendable {
  /// Where demand may come from, in the order in which the reference tells them.
  public let sources: [SourceDescriptor]

  public init(sources: [SourceDescriptor]) { self.sources = sources }

  /// One service's plan.
  var root: ObjectSchema {
    ObjectSchema(
      title: "plan", summary: "A capacity plan: capacity as code, one file in Git.",
      fields: [Field("plan", "the plan's name", .string, required: true, example: "recommendations")] + shared)
  }

  /// The keys of a plan besides its name.
  private var shared: [Field] { PlanSlices.all.flatMap { $0.fields(self) } }

  /// A plan file: one service, or several under `services:` with what they share above them.
  public var schema: Schema { .object(document) }

  private var document: ObjectSchema {
    var document = root
    // What one service must have, each of several has for itself.
    for i in document.fields.indices where document.fields[i].name != "plan" { document.fields[i].required = false }
    document.fields += [
      Field(
        "services", "several services in one plan, by name: each with the keys above; what stands beside holds for all",
        .map(.object(service)))
    ]
    return document
  }

  private var service: ObjectSchema {
    ObjectSchema(
      title: "service of several", summary: "A service's own keys; they count before those that all share.",
      fields: shared.map { field in
        var field = field
        field.required = false
        // The tables of keys stand once, under the plan's own.
        if case .object = field.schema { field.schema = .anything }
        return field
      })
  }
}
