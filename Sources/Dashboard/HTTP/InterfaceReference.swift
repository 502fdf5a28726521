/// The reference page of the dashboard's interface, as its routes have it.
public enum InterfaceReference {
  public static var page: String {
    var text = """
      # The dashboard's interface

      Made from the list in `Routes`; do not edit. The same as OpenAPI 3.1: `/openapi.json` of a running `headroom serve`.

      Values are in base units: requests a second, seconds, shares from 0 to 1, the plan's currency. What cannot be answered is
      `application/problem+json` (RFC 9457) with `title`, `status`, `detail` and, where values are wrong, `errors` by their
      names. An answer with an `ETag` may be asked for again with `If-None-Match`. One request too many is 429 with
      `Retry-After`.

      """
    for route in Routes.all where route.isPublic {
      text += "\n## `\(route.method.rawValue) \(route.pattern)`\n\n\(route.summary)"
      let types = route.produces.map { "`\($0.name)`" }.joined(separator: " or ")
      text += route.success == 204 ? " Gives 204 and no body." : " Gives \(route.success) \(types)."
      text += route.access == .open ? " Asks for no token.\n" : "\n"
      if !route.query.isEmpty { text += "\n" + table(route.query) }
      if let takes = route.takes, takes == "SimulationRequest" {
        text +=
          "\nThe body, all of it optional: `{\"futures\": 200, \"what_if\": {\"lift\": 1.3}}`, with 1 to 2000 futures and the keys of what-if.\n"
      }
      if let gives = route.gives, let shape = Schemas.all.first(where: { $0.name == gives })?.shape {
        text += "\n" + keys(shape)
      }
    }
    return text
  }

  private static func table(_ query: [Route.Parameter]) -> String {
    "| query | values | meaning |\n|---|---|---|\n"
      + query.map { "| `\($0.name)` | \(values($0.kind)) | \($0.summary) |\n" }.joined()
  }

  private static func values(_ kind: Route.Parameter.Kind) -> String {
    switch kind {
    case .number(let range): "\(plain(range.lowerBound)) to \(plain(range.upperBound))"
    case .integer(let range): "whole, \(range.lowerBound) to \(range.upperBound)"
    case .text: "text"
    case .time: "time"
    }
  }
  private static func plain(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }

  /// The keys at the top of a document, and of the elements of its lists.
  private static func keys(_ shape: Schemas.Shape) -> String {
    guard case .object(let fields) = shape else { return "" }
    return "Keys: " + fields.map { "`\($0.0)`\(kind($0.1))" }.joined(separator: ", ") + ".\n"
  }

  private static func kind(_ shape: Schemas.Shape) -> String {
    switch shape {
    case .optional(let inner): "\(kind(inner)) or null"
    case .list(let inner): " (list\(kind(inner).isEmpty ? "" : " of" + kind(inner)))"
    case .object(let fields): " {" + fields.map { "`\($0.0)`\(kind($0.1))" }.joined(separator: ", ") + "}"
    case .named(let name):
      Schemas.all.first { $0.name == name }.map { kind($0.shape) } ?? ""
    case .estimate: " {`low`, `mid`, `high`, `confidence`}"
    case .string, .number, .integer, .boolean, .date, .time, .anything: ""
    }
  }
}
