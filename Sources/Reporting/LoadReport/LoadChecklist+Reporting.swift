import Documents
import Planning
import Terminal

extension LoadChecklist {
  /// Which tests a plan's record has, for people.
  /// - Parameters:
  ///   - plan: its name.
  ///   - tests: how many recorded tests were looked at.
  ///   - hasStore: whether a database of tests was among what was looked at.
  public func terminal(plan: String, tests: Int, hasStore: Bool, style: Style = .plain) -> String {
    var text =
      "\(plan): \(items.filter(\.isCovered).count) of \(items.count) covered by "
      + "\(tests) recorded test\(tests == 1 ? "" : "s")\(hasStore ? "" : " (no --store is named)")\n"
    for item in items {
      text += (item.isCovered ? style(.good, "covered  ") : style(.bad, "missing  ")) + item.title + "\n"
      text += "         " + item.evidence + "\n"
      if !item.command.isEmpty { text += "         " + item.command + "\n" }
    }
    return text
  }

  /// The same as a list of Markdown.
  public func markdown(plan: String) -> String {
    var text = "# Tests of \(plan)\n\n"
    for item in items {
      let command = item.command.isEmpty ? "" : "\n  `\(item.command)`"
      text += "- [\(item.isCovered ? "x" : " ")] \(item.title): \(item.evidence)\(command)\n"
    }
    return text
  }

  /// The same as `headroom/load-checklist/1`.
  public func json(plan: String, tests: Int) -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/load-checklist/1")
      json.entry("plan", plan)
      json.entry("tests", tests)
      json.entry("complete", isComplete)
      json.objects("items", items) { json, item in
        json.entry("id", item.id)
        json.entry("title", item.title)
        json.entry("covered", item.isCovered)
        json.entry("evidence", item.evidence)
        json.entry("command", item.command.isEmpty ? nil : item.command)
      }
    }
    return json.text
  }
}
