/// What all pages have in common.
enum Layout {
    static let templates = [
        "layout": page, "time": time, "faults": faults, "hidden": hidden, "error": error, "bars": Chart.bars,
    ]

    static let page = """
        <!doctype html>
        <html lang="{{lang}}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{{title}} · CallGate</title>
        <link rel="icon" href="/console/icon.svg" type="image/svg+xml">
        <link rel="stylesheet" href="/console/console.css">
        <script src="/console/console.js" defer></script>
        </head>
        <body>
        <a class="skip" href="#main">{{t.skip}}</a>
        <header>
        <a class="brand" href="/"><svg aria-hidden="true" viewBox="0 0 32 32" width="24" height="24"><rect width="32" height="32" rx="7" class="mark"/><path class="mark-sign" d="M9 16.500l5 5L23 11"/></svg> CallGate</a>
        {{#who}}<p class="who"><span>{{name}}</span> <span class="role">{{role}}</span></p>{{/who}}
        <div class="tools">
        <a href="/console/language?to={{other_lang}}&amp;back={{here}}" lang="{{other_lang}}" hreflang="{{other_lang}}">{{t.other_language}}</a>
        {{#who}}<a href="/console/account">{{t.nav_account}}</a>
        <form method="post" action="/console/sign-out"><input type="hidden" name="token" value="{{token}}"><button class="link">{{t.sign_out}}</button></form>{{/who}}
        </div>
        </header>
        <div class="frame">
        {{#who}}<nav aria-label="{{t.nav}}"><ul>{{#nav}}<li><a href="{{path}}"{{#current}} aria-current="page"{{/current}}>{{label}}</a></li>{{/nav}}</ul></nav>{{/who}}
        <main id="main" tabindex="-1">
        {{#notice}}<p class="notice" role="status">{{notice}}</p>{{/notice}}
        <h1>{{title}}</h1>
        {{$main}}{{/main}}
        </main>
        </div>
        <footer><p>{{t.times_in}} {{zone_name}}</p></footer>
        </body>
        </html>
        """

    static let time = """
        <time datetime="{{iso}}">{{text}}</time> <span class="zone">{{offset}}</span>
        """

    /// What is wrong with a form, above it and read out at once.
    static let faults = """
        {{#has_faults}}<div class="faults" role="alert"><p>{{t.faults}}</p><ul>{{#faults}}<li>{{#field}}<strong>{{field}}</strong>: {{/field}}{{detail}}</li>{{/faults}}</ul></div>{{/has_faults}}
        """

    /// What every form carries.
    static let hidden = """
        <input type="hidden" name="token" value="{{token}}"><input type="hidden" name="once" value="{{once}}">
        """

    static let error = """
        {{<layout}}{{$main}}
        <p>{{text}}</p>
        {{#has_faults}}<ul>{{#faults}}<li>{{detail}}</li>{{/faults}}</ul>{{/has_faults}}
        <p><a class="button" href="{{home}}">{{t.go_home}}</a></p>
        {{/main}}{{/layout}}
        """
}
