import Documents

/// The interface as an OpenAPI 3.1 document, made of the routes themselves.
enum OpenAPI {
  static func document(_ routes: [Route], version: String) -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("openapi", "3.1.0")
      json.object("info") { json in
        json.entry("title", "headroom serve")
        json.entry("version", version.isEmpty ? "0" : version)
        json.entry("summary", "Services by date of exhaustion, their plans, what if, and simulations.")
        json.object("license") { json in
          json.entry("name", "Apache-2.0")
          json.entry("identifier", "Apache-2.0")
        }
      }
      json.object("paths") { json in
        let told = routes.filter(\.isPublic)
        var seen: Set<String> = []
        for pattern in told.map(\.pattern) where seen.insert(pattern).inserted {
          json.object(pattern) { json in
            for route in told where route.pattern == pattern {
              json.object(route.method.rawValue.lowercased()) { write(route, to: &$0) }
            }
          }
        }
      }
      json.object("components") { json in
        json.object("schemas") { Schemas.write(to: &$0) }
        json.object("securitySchemes") { json in
          json.object("token") { json in
            json.entry("type", "http")
            json.entry("scheme", "bearer")
          }
        }
      }
    }
    return json.text + "\n"
  }

  private static func write(_ route: Route, to json: inout JSONWriter) {
    json.entry("summary", route.summary)
    json.entry("operationId", name(route))
    if !route.names.isEmpty || !route.query.isEmpty {
      json.key("parameters")
      json.array { json in
        for name in route.names { json.object { path(name, to: &$0) } }
        for parameter in route.query { json.object { query(parameter, to: &$0) } }
      }
    }
    if let takes = route.takes {
      json.object("requestBody") { json in
        json.object("content") { json in
          for type in route.consumes { json.object(type.name) { reference(takes, to: &$0) } }
        }
      }
    }
    json.object("responses") { json in
      json.object("\(route.success)") { json in
        json.entry("description", route.summary)
        if route.success != 204 {
          json.object("content") { json in
            for type in route.produces {
              json.object(type.name) { json in
                if let gives = route.gives {
                  reference(gives, to: &json)
                } else {
                  json.object("schema") { json in json.entry("type", type == .json ? "object" : "string") }
                }
              }
            }
          }
        }
      }
      for (status, words) in failures(route) {
        json.object("\(status)") { json in
          json.entry("description", words)
          json.object("content") { json in json.object(MediaType.problem.name) { reference("Problem", to: &$0) } }
        }
      }
    }
    if route.access == .guarded {
      json.key("security")
      json.array { json in
        json.object { _ in }
        json.object { json in
          json.key("token")
          json.array { _ in }
        }
      }
    }
  }

  private static func failures(_ route: Route) -> [(Int, String)] {
    var failures = [(400, "The request is malformed.")]
    if route.access == .guarded {
      failures += [(401, "The token is missing or wrong."), (403, "Not for this client.")]
    }
    if !route.names.isEmpty || route.needsStore { failures.append((404, "There is no such thing.")) }
    failures += [(405, "The method is none of this address."), (406, "The client takes none of what this gives.")]
    if !route.consumes.isEmpty { failures += [(413, "The body is too large."), (415, "The body is of another kind.")] }
    failures.append((421, "The server is not known by that name."))
    if route.isComputing, !route.names.isEmpty { failures.append((409, "This cannot be asked of this plan.")) }
    if route.takes != nil { failures.append((422, "The body asks for what there is not.")) }
    failures.append((429, "Too many requests."))
    if route.needsStore { failures.append((503, "The store cannot be read.")) }
    if route.pattern == "/readyz" { failures.append((503, "Not ready yet, or shutting down.")) }
    return failures.sorted { $0.0 < $1.0 }
  }

  private static func path(_ name: String, to json: inout JSONWriter) {
    json.entry("name", name)
    json.entry("in", "path")
    json.entry("required", true)
    json.entry("description", name == "id" ? "Its number." : "Its name.")
    json.object("schema") { json in
      if name == "id" {
        json.entry("type", "integer")
        json.entry("minimum", 1)
      } else {
        json.entry("type", "string")
        json.entry("minLength", 1)
      }
    }
  }

  private static func query(_ parameter: Route.Parameter, to json: inout JSONWriter) {
    json.entry("name", parameter.name)
    json.entry("in", "query")
    json.entry("required", parameter.isRequired)
    json.entry("description", parameter.summary)
    json.object("schema") { schema(parameter.kind, to: &$0) }
  }

  static func schema(_ kind: Route.Parameter.Kind, to json: inout JSONWriter) {
    switch kind {
    case .number(let range):
      json.entry("type", "number")
      json.entry("minimum", range.lowerBound)
      json.entry("maximum", range.upperBound)
    case .integer(let range):
      json.entry("type", "integer")
      json.entry("minimum", range.lowerBound)
      json.entry("maximum", range.upperBound)
    case .text:
      json.entry("type", "string")
      json.entry("minLength", 1)
      json.entry("maxLength", 50)
    case .time:
      json.entry("type", "string")
      json.entry("format", "date-time")
    }
  }

  private static func reference(_ schema: String, to json: inout JSONWriter) {
    json.object("schema") { json in json.entry("$ref", "#/components/schemas/\(schema)") }
  }

  /// `getServicesNameWhatIf`.
  private static func name(_ route: Route) -> String {
    route.method.rawValue.lowercased()
      + route.segments.filter { $0 != "api" && $0 != "v1" }.map { segment in
        segment.filter { $0 != "{" && $0 != "}" }.split { !$0.isLetter && !$0.isNumber }.map {
          $0.prefix(1).uppercased() + $0.dropFirst()
        }.joined()
      }.joined()
  }
}

extension JSONWriter {
  mutating func entry(_ key: String, _ value: String) {
    self.key(key)
    string(value)
  }
  mutating func entry(_ key: String, _ value: Double) {
    self.key(key)
    number(value)
  }
  mutating func entry(_ key: String, _ value: Int) {
    self.key(key)
    integer(value)
  }
  mutating func entry(_ key: String, _ value: Bool) {
    self.key(key)
    bool(value)
  }
  mutating func object(_ key: String, _ body: (inout JSONWriter) -> Void) {
    self.key(key)
    object(body)
  }
}
