import Documents
import Planning
import Quantities
import Storing
import Terminal

/// `headroom load --checklist`: which tests a plan's record has, and the command for each that it lacks.
enum LoadChecklistText {
  static func run(planFile: String, store: String?, _ common: SharedOptions) throws -> ExitCode {
    let loaded = try LoadedPlan(file: planFile, common: common, catalogFile: nil)
    var tests: [LoadChecklist.Test] = []
    for path in loaded.measured {
      if let test = LoadChecklist.Test(name: path, result: try Input.read(path: path)) { tests.append(test) }
    }
    if let store {
      let runs = try Store(path: store, access: .readOnly).runs(of: loaded.plan.name)
      for run in runs.reversed() {
        let date = run.saved.utc.date
        if let test = LoadChecklist.Test(name: "run \(run.id) of \(date)", result: Array(run.result.utf8)) {
          tests.append(test)
        }
      }
    }
    let list = LoadChecklist(
      plan: loaded.plan, planFile: planFile, tests: tests, store: store,
      replicaPeak: loaded.plan.service.capacity.mid)
    let console = common.console
    switch ReportWriting.format(common) {
    case .json: console.print(json(list, loaded.plan.name, tests.count))
    case .markdown:
      console.print("# Tests of \(loaded.plan.name)\n")
      for item in list.items {
        let command = item.command.isEmpty ? "" : "\n  `\(item.command)`"
        console.print("- [\(item.isCovered ? "x" : " ")] \(item.title): \(item.evidence)\(command)")
      }
    default:
      let covered = list.items.filter(\.isCovered).count
      console.print(
        "\(loaded.plan.name): \(covered) of \(list.items.count) covered by "
          + "\(tests.count) recorded test\(tests.count == 1 ? "" : "s")\(store == nil ? " (no --store is named)" : "")")
      for item in list.items {
        let style = console.style
        console.print((item.isCovered ? style(.good, "covered  ") : style(.bad, "missing  ")) + item.title)
        console.print("         " + item.evidence)
        if !item.command.isEmpty { console.print("         " + item.command) }
      }
    }
    return list.isComplete ? .done : .objectiveMissed
  }

  private static func json(_ list: LoadChecklist, _ plan: String, _ tests: Int) -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.key("schema")
      json.string("headroom/load-checklist/1")
      json.key("plan")
      json.string(plan)
      json.key("tests")
      json.integer(tests)
      json.key("complete")
      json.bool(list.isComplete)
      json.key("items")
      json.array { json in
        for item in list.items {
          json.object { json in
            for (key, value) in [("id", item.id), ("title", item.title)] {
              json.key(key)
              json.string(value)
            }
            json.key("covered")
            json.bool(item.isCovered)
            json.key("evidence")
            json.string(item.evidence)
            json.key("command")
            if item.command.isEmpty { json.null() } else { json.string(item.command) }
          }
        }
      }
    }
    return json.text
  }
}
