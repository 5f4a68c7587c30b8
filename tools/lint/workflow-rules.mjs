// Rules of ESLint for workflow code, beside those of eslint-plugin-temporal. eslint.config.js says which file may do it.

/** They answer in the time zone or the language of the machine. */
const localMethod =
  /^([gs]et(Hours|Minutes|Day|Date|Month|FullYear|Year|TimezoneOffset)|to(Locale|Date|Time)\w*String|localeCompare)$/;

const isOf = (node, object, property) => node.object.name === object && node.property.name === property;

/** Disallows the clock, the machine's time zone, and chance. */
const sameOnReplay = {
  meta: {
    type: 'problem',
    docs: {
      description: 'Disallow what another run of the same code, on another day or machine, answers differently.',
    },
    messages: {
      clock:
        'Read the time with `now` of the step, or of workflows/temporal/clock.ts. To wait until a time, use a deadline.',
      local: '`{{ name }}` depends on the time zone or language of the machine: use UTC, and compare with < and >.',
      chance: '`{{ name }}` is left to chance. Derive keys and ids from what they are for, or let an activity choose.',
    },
    schema: [],
  },
  create(context) {
    return {
      MemberExpression(node) {
        const { name } = node.property;
        if (isOf(node, 'Date', 'now') || node.object.name === 'performance') {
          context.report({ node, messageId: 'clock' });
        } else if (isOf(node, 'Math', 'random') || node.object.name === 'crypto') {
          context.report({ node, messageId: 'chance', data: { name: `${node.object.name}.${name}` } });
        } else if (!node.computed && localMethod.test(name)) {
          context.report({ node, messageId: 'local', data: { name } });
        }
      },
      'NewExpression[callee.name="Date"]'(node) {
        if (node.arguments.length === 0) context.report({ node, messageId: 'clock' });
        if (node.arguments.length > 1)
          context.report({ node, messageId: 'local', data: { name: 'new Date(year, ...)' } });
      },
      'CallExpression[callee.name="Date"]'(node) {
        context.report({ node, messageId: 'clock' });
      },
      'Identifier[name="Intl"]'(node) {
        context.report({ node, messageId: 'local', data: { name: 'Intl' } });
      },
      'Identifier[name="uuid4"]'(node) {
        context.report({ node, messageId: 'chance', data: { name: 'uuid4' } });
      },
    };
  },
};

/** Disallows local calls that leave no digest of their input in the history. */
const digestOfLocalCall = {
  meta: {
    type: 'problem',
    docs: { description: 'Disallow local activities other than those of workflows/temporal/local-activity.ts.' },
    messages: {
      direct:
        'Use callLocalActivity of workflows/temporal/local-activity.ts: it leaves a digest of the input in the history, and a replay compares that.',
    },
    schema: [],
  },
  create(context) {
    return {
      'Identifier[name=/^(proxyLocalActivities|scheduleLocalActivity)$/]'(node) {
        context.report({ node, messageId: 'direct' });
      },
    };
  },
};

export default {
  meta: { name: 'orderflow' },
  rules: { 'same-on-replay': sameOnReplay, 'digest-of-local-call': digestOfLocalCall },
};
