import { Checkbox } from 'react-aria-components';
import { Icon } from './icons.js';

interface Props {
  /** Read aloud: the box stands beside what it chooses. */
  label: string;
  isSelected: boolean;
  onChange: (isSelected: boolean) => void;
}

export function CheckBox({ label, isSelected, onChange }: Props) {
  return (
    <Checkbox className="check-box" aria-label={label} isSelected={isSelected} onChange={onChange}>
      <Icon name="check" />
    </Checkbox>
  );
}
