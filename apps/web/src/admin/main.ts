import { mount } from 'svelte';
import '../styles/tokens.css';
import '../styles/base.css';
import './admin.css';
import Admin from './Admin.svelte';

mount(Admin, { target: document.getElementById('app')! });
