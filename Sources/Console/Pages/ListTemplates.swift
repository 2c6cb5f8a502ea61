extension ListPages {
    static let templates = [
        "age": """
        <svg class="age" viewBox="0 0 100 10" role="img" aria-label="{{percent}} %"><rect width="100" height="10" rx="3" class="track"/><rect width="{{width}}" height="10" rx="3" class="{{class}}"/></svg> {{percent}} %
        """,
        "lists": """
        {{<layout}}{{$main}}
        <p class="lead">{{t.lists_lead}}</p>
        <div class="scroll" tabindex="0" role="region" aria-label="{{t.nav_lists}}"><table>
        <thead><tr><th scope="col">{{t.list}}</th><th scope="col">{{t.state}}</th><th scope="col">{{t.age}}</th><th scope="col" class="number">{{t.entries}}</th><th scope="col" class="number">{{t.version}}</th><th scope="col">{{t.as_of}}</th><th scope="col">{{t.purposes}}</th></tr></thead>
        <tbody>{{#rows}}<tr><th scope="row"><a href="{{path}}">{{name}}</a><br><span class="hint">{{effect}}{{#kept}} · {{t.kept_by_gate}}{{/kept}}</span></th><td><span class="badge {{state_class}}">{{state}}</span>{{#problem}}<br><span class="hint">{{problem}}</span>{{/problem}}{{#feed}}{{#error}}<br><span class="hint">{{t.feed_failed}}: {{error}}</span>{{/error}}{{/feed}}</td><td>{{#age}}{{>age}}{{/age}}</td><td class="number">{{entries}}</td><td class="number">{{version}}</td><td>{{#as_of}}{{>time}}{{/as_of}}</td><td>{{purposes}}</td></tr>
        {{/rows}}</tbody></table></div>
        {{/main}}{{/layout}}
        """,
        "list": """
        {{<layout}}{{$main}}
        <p><a href="/console/lists">← {{t.nav_lists}}</a></p>
        {{#list}}<dl class="facts"><dt>{{t.state}}</dt><dd><span class="badge {{state_class}}">{{state}}</span> {{problem}}</dd><dt>{{t.effect_word}}</dt><dd>{{effect}} · {{purposes}}</dd><dt>{{t.entries}}</dt><dd>{{entries}}</dd><dt>{{t.active_version}}</dt><dd>{{version}}{{#by}} · {{t.activated_by}} {{by}}{{/by}}</dd>{{#as_of}}<dt>{{t.as_of}}</dt><dd>{{>time}}</dd>{{/as_of}}{{#age}}<dt>{{t.age}}</dt><dd>{{>age}}</dd>{{/age}}{{#feed}}<dt>{{t.feed}}</dt><dd>{{#last}}{{t.feed_last}} {{>time}}{{/last}} {{#next}}· {{t.feed_next}} {{>time}}{{/next}}{{#error}}<br>{{t.feed_failed}}: {{error}}{{/error}}</dd>{{/feed}}</dl>{{/list}}
        {{#uploads}}<h2>{{t.upload}}</h2>
        {{#needs_approval}}<p>{{t.needs_approval}}</p>{{/needs_approval}}
        <noscript><p class="faults">{{t.needs_script}}</p></noscript>
        <form class="upload" data-upload="{{action}}" data-ended="{{t.upload_session}}" data-failed="{{t.upload_broke_off}}" data-sending="{{t.upload_sending}}" data-empty="{{t.upload_empty}}">
        <input type="hidden" name="token" value="{{token}}">
        <div class="drop"><label for="file">{{t.upload_file}}</label><input id="file" type="file" required><p class="hint">{{t.upload_hint}}</p></div>
        <div class="grid"><div><label for="mode">{{t.upload_mode}}</label><select id="mode" name="mode"><option value="replace">{{t.list_mode_replace}}</option><option value="add">{{t.list_mode_add}}</option><option value="remove">{{t.list_mode_remove}}</option></select></div>
        <div><label for="as_of">{{t.as_of}}</label><input id="as_of" name="as_of" type="datetime-local" aria-describedby="as-of-hint"><p class="hint" id="as-of-hint">{{t.as_of_hint}} {{zone_name}}</p></div>
        <div class="check"><input id="dry_run" name="dry_run" type="checkbox" value="true"><label for="dry_run">{{t.dry_run}}</label></div></div>
        <button>{{t.send}}</button>
        <p class="upload-state" role="status"></p><progress max="100" value="0" aria-label="{{t.upload_sending}}" hidden></progress>
        </form>{{/uploads}}
        {{#trend}}<h2>{{t.trend}}</h2>{{>bars}}{{/trend}}
        <h2>{{t.versions}}</h2>
        {{#has_versions}}<div class="scroll" tabindex="0" role="region" aria-label="{{t.versions}}"><table>
        <thead><tr><th scope="col" class="number">{{t.version}}</th><th scope="col">{{t.state}}</th><th scope="col">{{t.upload_mode}}</th><th scope="col" class="number">{{t.entries}}</th><th scope="col" class="number">{{t.rejected}}</th><th scope="col">{{t.uploaded}}</th><th scope="col">{{t.file}}</th></tr></thead>
        <tbody>{{#versions}}<tr><th scope="row" class="number"><a href="{{path}}">{{number}}</a></th><td>{{state}}</td><td>{{mode}}</td><td class="number">{{entries}}</td><td class="number">{{rejected}}</td><td>{{#at}}{{>time}}{{/at}} · {{by}}</td><td>{{source}}</td></tr>
        {{/versions}}</tbody></table></div>{{/has_versions}}{{^has_versions}}<p>{{t.no_versions}}</p>{{/has_versions}}
        {{/main}}{{/layout}}
        """,
        "version": """
        {{<layout}}{{$main}}
        <p><a href="{{list_path}}">← {{list_name}}</a></p>
        {{>faults}}
        {{#waiting}}<p role="status" data-refresh="1500">{{t.checking}} <progress max="100" value="{{progress}}" aria-label="{{t.checking}}">{{progress}} %</progress></p>{{/waiting}}
        {{#reason}}<p class="faults" role="alert">{{reason}}</p>{{/reason}}
        {{#can_activate}}<form method="post" action="{{action}}" class="act">{{>hidden}}
        {{#is_older}}<p>{{t.is_older}}</p><div class="check"><input id="rollback" name="rollback" type="checkbox" value="true" required><label for="rollback">{{t.rollback}}</label></div>{{/is_older}}
        <button>{{t.activate}}</button>{{#is_mine}} <span class="hint">{{t.activate_hint}}</span>{{/is_mine}}</form>{{/can_activate}}
        <dl class="facts"><dt>{{t.state}}</dt><dd>{{state}}</dd><dt>{{t.upload_mode}}</dt><dd>{{mode}}</dd><dt>{{t.as_of}}</dt><dd>{{#as_of}}{{>time}}{{/as_of}}</dd><dt>{{t.uploaded}}</dt><dd>{{#created}}{{>time}}{{/created}} · {{uploaded_by}}</dd>{{#activated}}<dt>{{t.activated_by}}</dt><dd>{{by}} · {{#at}}{{>time}}{{/at}}</dd>{{/activated}}<dt>{{t.file}}</dt><dd>{{source}}</dd><dt>{{t.lines}}</dt><dd>{{lines}}</dd><dt>{{t.accepted}}</dt><dd>{{accepted}}</dd><dt>{{t.duplicates}}</dt><dd>{{duplicates}}</dd><dt>{{t.rejected}}</dt><dd>{{rejected}}</dd><dt>{{t.entries}}</dt><dd>{{entries}}</dd><dt>SHA-256</dt><dd><code>{{sha256}}</code></dd></dl>
        {{#effect}}<h2>{{t.effect}}</h2>{{>bars}}{{/effect}}
        {{#dry_run}}<p>{{dry_run}}</p>{{/dry_run}}
        {{#rejects}}<h2>{{t.rejected}}</h2><p><a href="{{rejects_path}}" download>{{t.rejects_download}}</a></p><div class="scroll" tabindex="0" role="region" aria-label="{{t.rejected}}"><table><thead><tr><th scope="col" class="number">{{t.line}}</th><th scope="col" class="number">{{t.column}}</th><th scope="col">{{t.reason}}</th></tr></thead><tbody>{{#rows}}<tr><td class="number">{{line}}</td><td class="number">{{column}}</td><td>{{reason}}</td></tr>{{/rows}}</tbody></table></div>{{/rejects}}
        {{/main}}{{/layout}}
        """,
    ]
}
