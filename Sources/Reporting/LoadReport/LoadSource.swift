/// Another tool that measured a run, and which of its results it is.
public struct LoadSource: Sendable, Hashable {
  public var tool: String
  public var label: String?

  public init(tool: String, label: String? = nil) {
    self.tool = tool
    self.label = label
  }
  var words: String { tool + (label.map { ", \($0)" } ?? "") }
}
